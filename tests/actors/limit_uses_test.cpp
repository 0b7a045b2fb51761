// SPDX-License-Identifier: MIT
#include "actors/accounting/account_book.hpp"

#include <gtest/gtest.h>

namespace logos::accounting {
namespace {

using namespace std::chrono_literals;
using core::limit_kind;
using core::scope;

class limit_uses : public ::testing::Test {
protected:
  limit_uses() {
    book_.adopt({{{1, scope::process, 7, limit_kind::requests_per_minute, 10},
                  {2, scope::user, 3, limit_kind::tokens_per_minute, 1000},
                  {3, scope::process, 7, limit_kind::parallel_requests, 1},
                  {4, scope::process, 8, limit_kind::tokens_per_minute, 50}},
                 {}});
  }
  static core::uuid id(std::uint64_t n) { return core::uuid::from_halves(1, n); }
  void reserve(std::uint64_t n, std::int64_t tokens) {
    book_.reserve({id(n), {7, 0, 3, 0, 9}, tokens, 0, clock_.wall()}, clock_.steady());
  }
  std::vector<limit_use> uses(const std::vector<std::int64_t>& of) { return book_.uses_of(of, clock_.steady()); }

  core::manual_clock clock_;
  account_book book_;
};

TEST_F(limit_uses, tell_what_the_minute_has_let_in_and_how_much_of_it_still_runs) {
  reserve(1, 400);
  EXPECT_EQ(uses({1, 2, 3}), (std::vector<limit_use>{{1, 1, 1, 9}, {2, 400, 400, 600}, {3, 1, 1, 0}}));
  book_.settle(id(1), 150, 0, clock_.steady());
  EXPECT_EQ(uses({1, 2, 3}), (std::vector<limit_use>{{1, 1, 0, 9}, {2, 150, 0, 850}, {3, 0, 0, 1}}));
  clock_.advance(61s);
  reserve(2, 100);
  EXPECT_EQ(uses({2}), (std::vector<limit_use>{{2, 100, 100, 900}}));
  clock_.advance(61s);
  EXPECT_EQ(uses({1, 2, 3}), (std::vector<limit_use>{{1, 0, 0, 10}, {2, 0, 0, 1000}, {3, 1, 1, 0}}))
      << "what has run for longer than the minute still runs";
}

TEST_F(limit_uses, of_budgets_are_what_was_spent_and_is_held_in_the_period_of_the_moment) {
  book_.adopt({{},
               {{1, scope::process, 7, core::budget_period::hour, 1000, true},
                {2, scope::process, 8, core::budget_period::total, 50, true}}});
  const auto first = clock_.wall();
  const auto hold = [&](std::uint64_t n, core::nano amount) {
    book_.reserve({id(n), {7}, 0, amount, clock_.wall()}, clock_.steady());
  };
  hold(1, 400);
  hold(2, 300);
  book_.settle(id(1), 0, 120, clock_.steady());
  EXPECT_EQ(book_.budget_uses_of({1, 2, 99}, first), (std::vector<budget_use>{{1, 120, 300}, {2, 0, 0}}));
  EXPECT_EQ(book_.budget_uses_of({1}, first + 1h), (std::vector<budget_use>{{1, 0, 0}}));
  EXPECT_TRUE(book_.budget_uses_of({}, first).empty());
}

TEST_F(limit_uses, of_a_budget_hold_no_more_than_an_amount_can_say) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::total, 10, false}}});
  for (std::uint64_t n = 1; n <= 3; ++n)
    book_.reserve({id(n), {7}, 0, most_money, clock_.wall()}, clock_.steady());
  EXPECT_EQ(book_.budget_uses_of({1}, clock_.wall()), (std::vector<budget_use>{{1, 0, most_money}}));
}

TEST_F(limit_uses, are_told_of_the_limits_that_are_asked_for_and_that_there_are) {
  reserve(1, 400);
  EXPECT_EQ(uses({4, 99}), (std::vector<limit_use>{{4, 0, 0, 50}}));
  EXPECT_TRUE(uses({}).empty());
}

TEST_F(limit_uses, do_not_count_under_a_limit_what_ran_under_another_of_its_number) {
  reserve(1, 400);
  book_.adopt({{{2, scope::user, 3, limit_kind::requests_per_minute, 5}}, {}});
  EXPECT_EQ(uses({2}), (std::vector<limit_use>{{2, 0, 0, 5}}));
}

} // namespace
} // namespace logos::accounting
