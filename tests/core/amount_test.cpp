// SPDX-License-Identifier: MIT
#include "core/amount.hpp"
#include "core/money.hpp"

#include <gtest/gtest.h>

namespace logos::core {
namespace {

TEST(amount_rule, says_by_what_a_text_is_no_amount) {
  for (const auto* large : {"9223372036.854775808", "9223372037", "99999999999999999999999", "10000000000.5"}) {
    EXPECT_FALSE(parse_money(large)) << large;
    EXPECT_EQ(amount_rule(large), "an amount of at most 9223372036.854775807") << large;
  }
  for (const auto* fine : {"0.0000000001", ".1234567891", "1.00000000000001"}) {
    EXPECT_FALSE(parse_money(fine)) << fine;
    EXPECT_NE(amount_rule(fine).find("0.000000001"), std::string_view::npos) << fine;
  }
  for (const auto* none : {"", "-1", "1e3", "x", "1.", ".", "1,5", "1.2.3", "0x10", "-99999999999", "1 "}) {
    EXPECT_FALSE(parse_money(none)) << none;
    EXPECT_NE(amount_rule(none).find("0 or more"), std::string_view::npos) << none;
  }
  EXPECT_TRUE(parse_money("9223372036.854775807")) << "what is told as the bound is one";
  EXPECT_TRUE(parse_money("0.000000001"));
}

} // namespace
} // namespace logos::core
