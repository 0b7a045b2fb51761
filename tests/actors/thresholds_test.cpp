// SPDX-License-Identifier: MIT
#include "actors/accounting/account_book.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace logos::accounting {
namespace {

using namespace std::chrono_literals;

/// A book with one budget of process 7, a hundred a day.
class thresholds_test : public ::testing::Test {
protected:
  thresholds_test() { book_.adopt(with({50, 100})); }

  static rules with(std::vector<std::int64_t> percentages, core::nano amount = 100) {
    return {{}, {{1, core::scope::process, 7, core::budget_period::day, amount, false, std::move(percentages)}}};
  }
  void spend(core::nano cost) {
    const auto id = core::uuid::from_halves(1, ++next_);
    EXPECT_EQ(book_.reserve({id, {7}, 0, cost, now_}, steady_).refusal.code, core::ec::none);
    book_.settle(id, 0, cost, steady_);
  }
  /// The percentages that were passed since the last call.
  std::vector<std::int64_t> passed() {
    std::vector<std::int64_t> out;
    for (const auto& c : book_.take_crossings())
      out.push_back(c.threshold_percent);
    return out;
  }
  using list = std::vector<std::int64_t>;

  account_book book_;
  std::uint64_t next_ = 0;
  core::wall_time now_{std::chrono::sys_days{std::chrono::year{2026} / 5 / 4} + 9h};
  core::steady_time steady_{1h};
};

TEST_F(thresholds_test, are_passed_once_each) {
  spend(49);
  EXPECT_FALSE(book_.crossed());
  spend(1);
  const auto at = book_.take_crossings();
  ASSERT_EQ(at.size(), 1U);
  EXPECT_EQ(at[0], (crossing{1, core::start_of(core::budget_period::day, now_), 50, 100, 50}));
  spend(49);
  EXPECT_EQ(passed(), list{});
  spend(1);
  EXPECT_EQ(passed(), list{100});
  spend(1000);
  EXPECT_EQ(passed(), list{});
}

TEST_F(thresholds_test, that_are_passed_at_one_go_are_all_told) {
  spend(200);
  EXPECT_EQ(passed(), (list{50, 100}));
}

TEST_F(thresholds_test, are_passed_anew_in_each_period) {
  spend(60);
  EXPECT_EQ(passed(), list{50});
  now_ += 24h;
  spend(10);
  EXPECT_EQ(passed(), list{});
  spend(40);
  EXPECT_EQ(passed(), list{50});
}

TEST_F(thresholds_test, are_not_passed_by_what_is_only_held) {
  book_.reserve({core::uuid::from_halves(9, 9), {7}, 0, 100, now_}, steady_);
  EXPECT_FALSE(book_.crossed());
  book_.release(core::uuid::from_halves(9, 9), steady_);
  EXPECT_FALSE(book_.crossed());
}

TEST_F(thresholds_test, that_were_passed_before_a_restart_are_told) {
  book_.recall({1, true, now_, 70}, now_, steady_);
  EXPECT_EQ(passed(), list{50});
  spend(1);
  EXPECT_EQ(passed(), list{});
}

TEST_F(thresholds_test, of_a_budget_that_shrinks_below_what_is_spent_are_told_at_once) {
  spend(40);
  EXPECT_EQ(passed(), list{});
  book_.adopt(with({50, 100}, 60));
  EXPECT_EQ(passed(), list{50});
  book_.adopt(with({50, 100}, 60));
  EXPECT_EQ(passed(), list{}) << "nothing has changed";
  book_.adopt(with({10, 50}, 60));
  EXPECT_EQ(passed(), (list{10, 50})) << "whoever keeps them knows the ones that are not new";
}

TEST_F(thresholds_test, of_a_period_that_is_over_are_not_those_that_its_budget_was_given_later) {
  spend(60);
  EXPECT_EQ(passed(), list{50});
  now_ += 24h;
  spend(10);
  book_.adopt(with({10, 50}, 20));
  EXPECT_EQ(passed(), (list{10, 50})) << "today's alone";
}

TEST_F(thresholds_test, beyond_all_money_are_never_passed) {
  constexpr auto most = std::numeric_limits<core::nano>::max();
  book_.adopt(with({1000}, most));
  spend(most / 2);
  EXPECT_FALSE(book_.crossed());
}

TEST_F(thresholds_test, of_nothing_are_passed_by_nobody) {
  book_.adopt(with({50}, 0));
  spend(0);
  EXPECT_FALSE(book_.crossed());
}

TEST_F(thresholds_test, are_rounded_up) {
  book_.adopt(with({50}, 3));
  spend(1);
  EXPECT_FALSE(book_.crossed());
  spend(1);
  EXPECT_EQ(passed(), list{50});
}

} // namespace
} // namespace logos::accounting
