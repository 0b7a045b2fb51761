// SPDX-License-Identifier: MIT
#include "core/credentials.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace logos::core {
namespace {

TEST(credentials_test, names_of_credentials_are_known_however_they_are_written) {
  for (const auto* name : {"Authorization", "api_key", "apikey", "X-API-Key", "x-auth-token", "logos_key", "Cookie",
                           "Ocp-Apim-Subscription-Key", "X-Client-Secret", "sig"})
    EXPECT_TRUE(names_a_secret(name)) << name;
  for (const auto* name : {"Accept", "User-Agent", "provider", "content-type"})
    EXPECT_FALSE(names_a_secret(name)) << name;
}

TEST(credentials_test, what_looks_like_a_key_is_not_told_wherever_it_stands) {
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
} // namespace logos::core
