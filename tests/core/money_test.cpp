// SPDX-License-Identifier: MIT
#include "core/money.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace logos::core {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

TEST(money, is_read_exactly_or_not_at_all) {
  EXPECT_EQ(parse_money("0.50"), 500'000'000);
  EXPECT_EQ(parse_money("12"), 12'000'000'000);
  EXPECT_EQ(parse_money(".000000001"), 1);
  EXPECT_EQ(parse_money("9223372036.854775807"), std::numeric_limits<nano>::max());
  for (const auto* bad : {"", ".", "1.", "-1", "+1", "1e3", "0.0000000001", "9223372036.854775808", "1,5", " 1", "1 "})
    EXPECT_FALSE(parse_money(bad)) << bad;
}

TEST(money, is_written_so_that_it_reads_back) {
  for (const nano amount : {nano{0}, nano{1}, nano{500'000'000}, nano{12'000'000'000}, nano{1'000'000'001},
                            std::numeric_limits<nano>::max()})
    EXPECT_EQ(parse_money(to_decimal(amount)), amount) << to_decimal(amount);
  EXPECT_EQ(to_decimal(500'000'000), "0.5");
  EXPECT_EQ(to_decimal(-1), "-0.000000001");
  EXPECT_EQ(to_decimal(std::numeric_limits<nano>::min()), "-9223372036.854775808");
}

TEST(money, periods_are_calendar_periods) {
  const wall_time t = sys_days{2026y / November / 22} + 13h + 14min; // a Sunday
  EXPECT_EQ(start_of(budget_period::hour, t), sys_days{2026y / November / 22} + 13h);
  EXPECT_EQ(start_of(budget_period::day, t), sys_days{2026y / November / 22});
  EXPECT_EQ(start_of(budget_period::week, t), sys_days{2026y / November / 16});
  EXPECT_EQ(start_of(budget_period::month, t), sys_days{2026y / November / 1});
  EXPECT_EQ(start_of(budget_period::total, t), wall_time{});
  EXPECT_EQ(end_of(budget_period::week, t), sys_days{2026y / November / 23});
  EXPECT_EQ(end_of(budget_period::month, sys_days{2026y / December / 31}), sys_days{2027y / January / 1});
  for (auto p : {budget_period::hour, budget_period::day, budget_period::week, budget_period::month})
    EXPECT_EQ(start_of(p, end_of(p, t)), end_of(p, t));
}

TEST(money, is_changed_into_another_currency_rounded_half_to_even) {
  EXPECT_EQ(times(nano_per_unit, 920'000'000), 920'000'000);
  EXPECT_EQ(times(5, 500'000'000), 2);
  EXPECT_EQ(times(7, 500'000'000), 4);
  EXPECT_EQ(times(std::numeric_limits<nano>::max(), 2 * nano_per_unit), std::numeric_limits<nano>::max());
}

TEST(money, words_read_back) {
  for (std::uint8_t i = 0; i < token_types; ++i)
    EXPECT_EQ(parse_token_type(to_string(static_cast<token_type>(i))), static_cast<token_type>(i));
  for (auto s : {scope::process, scope::profile, scope::user, scope::service, scope::model})
    EXPECT_EQ(parse_scope(to_string(s)), s);
  EXPECT_FALSE(parse_budget_period("year"));
  EXPECT_FALSE(parse_limit_kind(""));
}

} // namespace
} // namespace logos::core
