// SPDX-License-Identifier: MIT
#include "net/closed_account.hpp"

#include <gtest/gtest.h>

#include <string>

namespace logos::net {
namespace {

TEST(closed_account, is_told_by_the_code_or_the_type_of_an_error) {
  for (const std::string word : {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}) {
    EXPECT_TRUE(tells_closed_account(R"({"error":{"message":"m","type":")" + word + R"(","param":null,"code":null}})"));
    EXPECT_TRUE(tells_closed_account("\n { \"error\" : {\"code\":\"" + word + "\"}}"));
  }
}

TEST(closed_account, is_told_by_nothing_else) {
  for (const std::string body :
       {R"({"error":{"type":"requests","code":"rate_limit_exceeded","message":"insufficient_quota"}})",
        R"({"error":{"code":429,"type":"tokens"}})", R"({"error":"insufficient_quota"})",
        R"({"code":"insufficient_quota"})", R"({"error":{"code":"insufficient_quota"})", R"(["insufficient_quota"])",
        "insufficient_quota", "null", ""})
    EXPECT_FALSE(tells_closed_account(body)) << body;
}

} // namespace
} // namespace logos::net
