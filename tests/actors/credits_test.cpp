// SPDX-License-Identifier: MIT
// What credits do to budgets.
#include "actors/accounting/credits.hpp"
#include "tests/actors/account_book_fixture.hpp"

#include <limits>

namespace logos::accounting {
namespace {

using core::budget_period;
constexpr auto most = std::numeric_limits<core::nano>::max();

class credits_test : public account_book_test {
protected:
  /// Process 7 may spend a hundred in a period, and what was credited until now.
  void adopt(budget_period period = budget_period::total, bool hard = true, core::nano amount = 100) {
    credit_sums sums{period};
    for (const auto& [at, credit] : entries_)
      sums.add(at, credit);
    budget_rule rule{1, scope::process, 7, period, amount, hard, {50, 100}};
    rule.credits = sums.list();
    book_.adopt({{}, {rule, {2, scope::user, 3, budget_period::total, 1000, false}}});
  }
  void credit(core::nano amount) { entries_.emplace_back(clock_.wall(), amount); }
  void spend(std::uint64_t n, core::nano cost) {
    ASSERT_TRUE(admitted(n, 0, cost));
    settle(n, 0, cost);
  }
  std::string refusal(std::uint64_t n, core::nano hold) { return reserve(n, 0, hold).refusal.message; }

  std::vector<std::pair<core::wall_time, core::nano>> entries_;
};

TEST(credit_sums, are_of_periods_and_what_was_taken_back_is_not_there) {
  const core::wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 5 / 31} + 12h};
  credit_sums days{budget_period::day};
  days.add(noon + 24h, 7);
  days.add(noon, 5);
  days.add(noon + 1h, -2);
  days.add(noon + 48h, 9);
  days.add(noon + 49h, -9);
  const auto day = core::start_of(budget_period::day, noon);
  EXPECT_EQ(days.list(), (std::vector<period_credit>{{day, 3}, {day + 24h, 7}}));
  EXPECT_EQ(credited(days.list(), day), 3);
  EXPECT_EQ(credited(days.list(), day + 24h), 7);
  EXPECT_EQ(credited(days.list(), day + 48h), 0);
  EXPECT_EQ(credited({}, day), 0);
  credit_sums all{budget_period::total};
  all.add(noon, 5);
  all.add(noon + 24h * 400, 6);
  ASSERT_EQ(all.list().size(), 1U);
  EXPECT_EQ(all.list()[0].sum, 11);
}

TEST(credit_sums, stop_where_amounts_do_and_are_right_again_below) {
  credit_sums sums{budget_period::total};
  for (int i = 0; i < 3; ++i)
    sums.add({}, most);
  EXPECT_EQ(sums.list().at(0).sum, most);
  for (int i = 0; i < 3; ++i)
    sums.add({}, -most);
  EXPECT_TRUE(sums.list().empty());
  for (int i = 0; i < 3; ++i)
    sums.add({}, -most);
  EXPECT_EQ(allowed(most, sums.list().at(0).sum), 0);
  EXPECT_EQ(allowed(most, most), most);
  EXPECT_EQ(allowed(0, 5), 5);
  EXPECT_EQ(allowed(7, -5), 2);
}

TEST_F(credits_test, whoever_was_locked_out_gets_in) {
  adopt();
  spend(1, 100);
  EXPECT_EQ(refusal(2, 1), "The budget of process 7, 0.0000001 in total, is spent.");
  EXPECT_EQ(reserve(2, 0, 1).refusal.code, ec::budget_spent);
  credit(30);
  adopt();
  EXPECT_TRUE(admitted(3, 0, 20));
  EXPECT_EQ(reserve(4, 0, 20).refusal.code, ec::rate_limited) << "held";
  EXPECT_EQ(reserve(5, 0, 31).refusal.code, ec::budget_spent);
  settle(3, 0, 20);
  EXPECT_TRUE(admitted(6, 0, 10));
  settle(6, 0, 10);
  EXPECT_EQ(reserve(7, 0, 1).refusal.code, ec::budget_spent);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 130) << "what was spent stays on the books";
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).spent, 130);
  EXPECT_EQ(book_.credited(), 30);
  EXPECT_TRUE(book_.balanced());
}

TEST_F(credits_test, end_with_their_period) {
  adopt(budget_period::hour);
  credit(50);
  adopt(budget_period::hour);
  const auto then = clock_.wall();
  EXPECT_EQ(reserve(1, 0, 151).refusal.code, ec::budget_spent);
  spend(2, 150);
  clock_.advance(1h);
  EXPECT_EQ(reserve(3, 0, 101).refusal.code, ec::budget_spent);
  EXPECT_TRUE(admitted(4, 0, 100));
  const auto late = [&](std::uint64_t n, core::nano hold) {
    return book_.reserve({id(n), {7, 0, 3, 0, 9}, 0, hold, then}, clock_.steady()).refusal.code;
  };
  settle(2, 0, 150);
  EXPECT_EQ(late(5, 1), ec::budget_spent) << "whoever came in before the hour is paid by that";
  credit(-60);
  adopt(budget_period::hour);
  EXPECT_EQ(late(6, 1), ec::budget_spent);
  settle(4, 0, 30);
  EXPECT_EQ(reserve(7, 0, 11).refusal.code, ec::budget_spent);
  EXPECT_TRUE(admitted(8, 0, 10));
  clock_.advance(1h);
  EXPECT_TRUE(admitted(9, 0, 100)) << "one below 0 ends, too";
}

TEST_F(credits_test, take_back_no_more_than_there_is) {
  adopt();
  credit(-1000);
  adopt();
  EXPECT_EQ(reserve(2, 0, 1).refusal.code, ec::budget_spent);
  EXPECT_EQ(reserve(3, 0, 0).refusal.code, ec::budget_spent) << "it is spent entirely";
  credit(950);
  adopt();
  EXPECT_TRUE(admitted(4, 0, 50));
  EXPECT_EQ(reserve(5, 0, 51).refusal.code, ec::budget_spent);
  EXPECT_EQ(book_.credited(), -50);
}

TEST_F(credits_test, and_their_reversals_leave_the_budget_as_it_was) {
  adopt();
  spend(1, 100);
  credit(40);
  adopt();
  credit(-40);
  adopt();
  EXPECT_EQ(reserve(2, 0, 1).refusal.code, ec::budget_spent);
  EXPECT_EQ(book_.credited(), 0);
  rules plain{{}, {{1, scope::process, 7, budget_period::total, 100, true, {50, 100}}}};
  credit_sums sums{budget_period::total};
  for (const auto& [at, amount] : entries_)
    sums.add(at, amount);
  auto credited = plain.budgets;
  credited[0].credits = sums.list();
  EXPECT_EQ(credited, plain.budgets);
}

TEST_F(credits_test, of_a_budget_say_so_in_its_refusals) {
  constexpr auto unit = core::nano_per_unit;
  credit(unit / 2);
  adopt(budget_period::day, true, unit);
  EXPECT_EQ(refusal(1, 2 * unit),
            "The budget of process 7, 1.5 for a day with its credits, has 1.5 left, and the request"
            " may cost 2: ask for a shorter answer with max_completion_tokens.")
      << "nor is it let in when the day is over";
  EXPECT_EQ(reserve(2, 0, 3 * unit / 2 + 1).refusal.retry_after_s, 0U);
  spend(3, 3 * unit / 2);
  const auto spent = reserve(4, 0, unit).refusal;
  EXPECT_TRUE(spent.message.starts_with("The budget of process 7, 1.5 for a day with its credits, is spent. It starts"))
      << spent.message;
  EXPECT_GT(spent.retry_after_s, 0U);
  EXPECT_EQ(reserve(5, 0, unit + 1).refusal.retry_after_s, 0U) << "tomorrow there is the amount alone";
}

TEST_F(credits_test, bound_an_answer_without_bound) {
  credit(50);
  adopt();
  const auto fitted = reserve_boundless(1, 0, 0, 400, 390);
  EXPECT_EQ(fitted.refusal.code, ec::none);
  EXPECT_EQ(fitted.spared_hold, 250) << "of 400 there are 150";
}

TEST_F(credits_test, move_the_thresholds) {
  const auto passed = [&] {
    std::vector<std::pair<std::int64_t, core::nano>> out;
    for (const auto& c : book_.take_crossings())
      out.emplace_back(c.threshold_percent, c.amount);
    return out;
  };
  using list = std::vector<std::pair<std::int64_t, core::nano>>;
  credit(100);
  adopt(budget_period::total, false);
  spend(1, 99);
  EXPECT_EQ(passed(), list{});
  spend(2, 1);
  EXPECT_EQ(passed(), (list{{50, 200}}));
  credit(-101);
  adopt(budget_period::total, false);
  EXPECT_EQ(passed(), (list{{50, 99}, {100, 99}})) << "whoever keeps them knows the one that is not new";
}

TEST_F(credits_test, that_leave_nothing_are_told_when_something_is_spent) {
  credit(-200);
  adopt(budget_period::total, false);
  EXPECT_FALSE(book_.crossed());
  spend(1, 1);
  EXPECT_EQ(book_.take_crossings().size(), 2U);
}

TEST_F(credits_test, judge_anew_who_waits) {
  adopt();
  ASSERT_TRUE(admitted(1, 0, 80));
  const auto again = [&] {
    claim c{id(1), {7, 0, 3, 0, 9}, 0, 80, clock_.wall()};
    c.at_stage = stage::waiting;
    return book_.judge_again(c, clock_.steady()).refusal.code;
  };
  credit(-20);
  adopt();
  EXPECT_EQ(again(), ec::none);
  credit(-1);
  adopt();
  EXPECT_EQ(again(), ec::budget_spent);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 0);
  EXPECT_TRUE(book_.balanced());
}

TEST_F(credits_test, are_no_other_budget) {
  adopt();
  spend(1, 60);
  credit(5);
  credit_sums sums{budget_period::total};
  sums.add(clock_.wall(), 5);
  budget_rule rule{1, scope::process, 7, budget_period::total, 100, true, {50, 100}};
  rule.credits = sums.list();
  EXPECT_TRUE(book_.adopt({{}, {rule, {2, scope::user, 3, budget_period::total, 1000, false}}}).empty())
      << "nothing is read again";
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 60);
}

} // namespace
} // namespace logos::accounting
