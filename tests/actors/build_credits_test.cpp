// SPDX-License-Identifier: MIT
#include "actors/catalog/build.hpp"

#include <gtest/gtest.h>

namespace logos::catalog {
namespace {

TEST(build_credits, are_added_up_by_the_periods_of_their_budget) {
  using std::chrono::sys_days;
  storage::catalog_data rows;
  rows.budgets.resize(2);
  rows.budgets[0].id = 1;
  rows.budgets[0].amount = 10;
  rows.budgets[0].period = core::budget_period::month;
  rows.budgets[1].id = 2;
  const core::wall_time may{sys_days{std::chrono::year{2026} / 5 / 9}}, june{sys_days{std::chrono::year{2026} / 6 / 9}};
  const auto credit = [&](std::int64_t budget, core::nano amount, core::wall_time at) {
    auto& c = rows.credits.emplace_back();
    c.budget_id = budget;
    c.amount = amount;
    c.made_at = at;
  };
  credit(1, 5, may);
  credit(2, 70, may);
  credit(1, -2, may);
  credit(1, 9, june);
  credit(4711, 100, june); // its budget was removed just now
  const auto before = build_snapshot(rows, "node-a").snapshot;
  const auto& rules = before->rules.budgets;
  EXPECT_EQ(rules[0].allowed_at(may), 13);
  EXPECT_EQ(rules[0].allowed_at(june), 19);
  EXPECT_EQ(rules[0].credited_at(core::wall_time{sys_days{std::chrono::year{2026} / 7 / 9}}), 0);
  EXPECT_EQ(rules[1].allowed_at(june), 70) << "in total, whenever it was made";
  credit(2, 1, june);
  const auto after = build_snapshot(rows, "node-a").snapshot;
  EXPECT_EQ(after->rules.budgets[0], rules[0]) << "of that budget nothing has changed";
  EXPECT_NE(after->rules.budgets[1], rules[1]);
  EXPECT_TRUE(after->rules.budgets[1].continues(rules[1]));
}

TEST(build_credits, what_reverses_a_credit_counts_in_the_period_of_that) {
  using std::chrono::sys_days;
  storage::catalog_data rows;
  rows.budgets.resize(1);
  rows.budgets[0].id = 1;
  rows.budgets[0].amount = 10;
  rows.budgets[0].period = core::budget_period::day;
  const core::wall_time monday{sys_days{std::chrono::year{2026} / 5 / 4}};
  const auto day = [&](int n) { return monday + std::chrono::hours{24 * n}; };
  const auto credit = [&](std::int64_t id, core::nano amount, int on, std::int64_t reverses = 0) {
    auto& c = rows.credits.emplace_back();
    c.id = id;
    c.budget_id = 1;
    c.amount = amount;
    c.reverses = reverses;
    c.made_at = day(on);
  };
  const auto allowed = [&] {
    const auto made = build_snapshot(rows, "node-a").snapshot;
    std::vector<core::nano> out;
    for (int n = 0; n < 3; ++n)
      out.push_back(made->rules.budgets.at(0).allowed_at(day(n)));
    return out;
  };
  using list = std::vector<core::nano>;
  credit(3, -5, 1, 9); // an import may have given that the larger id
  credit(9, 5, 0);
  EXPECT_EQ(allowed(), (list{10, 10, 10}));
  credit(10, 5, 2, 3);
  EXPECT_EQ(allowed(), (list{15, 10, 10})) << "and what reverses that one, too";
  credit(11, -5, 2, 10);
  credit(12, 1, 2);
  EXPECT_EQ(allowed(), (list{10, 10, 11}));
  credit(20, 2, 0, 21); // no store has these
  credit(21, 2, 0, 20);
  credit(22, 3, 1, 4711);
  EXPECT_EQ(allowed(), (list{14, 13, 11})) << "it ends";
}

} // namespace
} // namespace logos::catalog
