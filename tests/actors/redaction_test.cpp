// SPDX-License-Identifier: MIT
#include "actors/execution/redaction.hpp"

#include <gtest/gtest.h>

namespace logos::execution {
namespace {

std::string redacted(std::vector<net::header_view> headers) {
  net::request_view request;
  request.headers = headers;
  return redacted_headers(request);
}

TEST(redaction_test, headers_that_carry_credentials_are_not_told) {
  for (const std::string_view name :
       {"Authorization", "authorization", "X-API-Key", "api-key", "apikey", "Cookie", "Set-Cookie",
        "Proxy-Authorization", "logos_key", "logos-key", "x-goog-api-key", "Ocp-Apim-Subscription-Key", "X-Auth-Token",
        "X-Amz-Security-Token", "WWW-Authenticate", "x-client-secret", "x-password"})
    EXPECT_EQ(redacted({{name, "canary"}}), "{\"" + std::string{name} + "\":\"[redacted]\"}");
}

TEST(redaction_test, other_headers_are_told) {
  EXPECT_EQ(redacted({{"Accept", "*/*"}, {"User-Agent", "OpenAI/Python 1.0"}, {"provider", "azure"}}),
            R"({"Accept":"*/*","User-Agent":"OpenAI/Python 1.0","provider":"azure"})");
}

TEST(redaction_test, values_are_told_without_what_looks_like_a_key) {
  EXPECT_EQ(redacted({{"referer", "https://x.test/v1?api-key=canary"}}),
            R"({"referer":"https://x.test/v1?api-key=[redacted]"})");
}

} // namespace
} // namespace logos::execution
