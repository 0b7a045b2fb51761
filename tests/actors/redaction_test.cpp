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

TEST(redaction_test, what_looks_like_a_key_is_not_told_wherever_it_stands) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases{
      {"https://x.test/v1?api-key=canary&model=m", "https://x.test/v1?api-key=[redacted]&model=m"},
      {"/v1?a=1&KEY=canary", "/v1?a=1&KEY=[redacted]"},
      {"https://user:canary@x.test/path", "https://[redacted]@x.test/path"},
      {"a=1; token=canary; b=2", "a=1; token=[redacted]; b=2"},
      {"it was sk-0123456789abcdef, he said", "it was [redacted], he said"},
      {"lg-app-0123456789abcdef", "[redacted]"},
      {"/v1/files/lg-app-0123456789abcdef/x", "/v1/files/[redacted]/x"},
      {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "[redacted]"},
      {"x=sk-short", "x=sk-short"},
      {"=canary", "=canary"},
      {"", ""},
      {"model=gpt-4o&temperature=1", "model=gpt-4o&temperature=1"},
  };
  for (const auto& [text, wanted] : cases)
    EXPECT_EQ(without_credentials(text), wanted);
}

} // namespace
} // namespace logos::execution
