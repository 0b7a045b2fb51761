// SPDX-License-Identifier: MIT
#include "tests/actors/account_book_fixture.hpp"

#include <deque>
#include <limits>
#include <random>
#include <set>

namespace logos::accounting {
namespace {

TEST_F(account_book_test, exactly_as_many_are_admitted_as_the_budget_holds) {
  for (core::nano k = 0; k < 40; ++k) {
    account_book book;
    book.adopt({{}, {{1, scope::process, 7, core::budget_period::total, k * 10, true}}});
    int in = 0;
    for (std::uint64_t n = 0; n < 200; ++n)
      in += book.reserve({id(n), {7}, 0, 10, clock_.wall()}, clock_.steady()).refusal.code == ec::none ? 1 : 0;
    EXPECT_EQ(in, k);
    for (std::uint64_t n = 0; n < 200; ++n)
      book.settle(id(n), 0, 10, clock_.steady());
    EXPECT_EQ(book.balance_of(1, clock_.wall()).spent, k * 10);
    EXPECT_EQ(book.totals().outstanding, 0);
  }
}

TEST_F(account_book_test, a_soft_budget_refuses_nobody) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::total, 100, false}}});
  EXPECT_TRUE(admitted(1, 0, 1000));
  settle(1, 0, 1000);
  EXPECT_TRUE(admitted(2, 0, 1000));
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 1000);
}

TEST_F(account_book_test, a_new_period_begins_with_nothing_spent_and_late_ends_belong_to_the_old_one) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::hour, 100, true}}});
  EXPECT_TRUE(admitted(1, 0, 100));
  clock_.advance(1h);
  EXPECT_TRUE(admitted(2, 0, 100));
  settle(1, 0, 100);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 0);
  settle(2, 0, 30);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 30);
}

TEST_F(account_book_test, whoever_came_in_before_midnight_is_paid_by_that_day_even_when_ruled_on_later) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::day, 100, true}}});
  const auto yesterday = clock_.wall();
  EXPECT_TRUE(admitted(1, 0, 70));
  settle(1, 0, 70);
  clock_.advance(24h);
  EXPECT_TRUE(admitted(2, 0, 100));
  settle(2, 0, 10); // yesterday is over, but not forgotten
  const auto late = [&](std::uint64_t n, core::nano hold) {
    return book_.reserve({id(n), {7}, 0, hold, yesterday}, clock_.steady()).refusal.code;
  };
  EXPECT_EQ(late(3, 31), ec::budget_spent);
  EXPECT_EQ(late(4, 30), ec::none);
  settle(4, 0, 20);
  EXPECT_EQ(book_.balance_of(1, yesterday).spent, 90);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 10);
}

TEST_F(account_book_test, a_clock_that_is_set_back_finds_what_was_spent) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::hour, 100, true}}});
  const auto first = clock_.wall();
  for (std::uint64_t n = 0; n < 4; ++n) {
    EXPECT_TRUE(admitted(n, 0, 100));
    settle(n, 0, 100);
    clock_.advance(1h);
  }
  for (int back = 0; back < 4; ++back)
    EXPECT_EQ(book_.reserve({id(9), {7}, 0, 1, first + back * 1h}, clock_.steady()).refusal.code, ec::budget_spent);
}

TEST_F(account_book_test, a_clock_that_was_ahead_for_long_lets_nobody_spend_more_once_it_is_right) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::hour, 100, true}}});
  const auto right = clock_.wall();
  clock_.advance(24h);
  for (std::uint64_t n = 0; n < 9; ++n) {
    EXPECT_TRUE(admitted(n, 0, 10));
    settle(n, 0, 10);
    clock_.advance(1h);
  }
  int in = 0;
  for (std::uint64_t n = 100; n < 120; ++n) {
    in += book_.reserve({id(n), {7}, 0, 10, right}, clock_.steady()).refusal.code == ec::none ? 1 : 0;
    settle(n, 0, 10);
  }
  EXPECT_EQ(in, 10);
}

TEST_F(account_book_test, periods_that_are_long_over_are_forgotten_once_nothing_is_held_in_them) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::hour, 100, true}}});
  const auto first = clock_.wall();
  EXPECT_TRUE(admitted(1000, 0, 60)); // runs all the time
  for (std::uint64_t n = 0; n < 20; ++n) {
    EXPECT_TRUE(admitted(n, 0, 30));
    settle(n, 0, 30);
    clock_.advance(1h);
  }
  EXPECT_EQ(book_.balance_of(1, first).held, 60);
  EXPECT_EQ(book_.balance_of(1, first + 1h).spent, 0) << "forgotten";
  settle(1000, 0, 50);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 0) << "paid by the hour that it came in";
  EXPECT_EQ(book_.totals().outstanding, 0);
}

TEST_F(account_book_test, what_may_cost_more_than_can_be_counted_is_let_in_by_no_hard_budget) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::total, most_money, true}}});
  const auto refused = reserve(1, 0, most_money).refusal;
  EXPECT_EQ(refused.code, ec::budget_spent);
  EXPECT_NE(refused.message.find("9223372036.854775807 or more"), std::string::npos) << refused.message;
  EXPECT_TRUE(admitted(2, 0, most_money - 1)) << "all that can be counted is held";
  EXPECT_EQ(reserve(3, 0, 2).refusal.code, ec::rate_limited);
}

TEST_F(account_book_test, holds_and_costs_beyond_all_money_wrap_around_nowhere) {
  book_.adopt({{},
               {{1, scope::process, 7, core::budget_period::total, most_money, false, {50}},
                {2, scope::user, 3, core::budget_period::total, 100, false}}});
  for (std::uint64_t n = 0; n < 5; ++n)
    EXPECT_TRUE(admitted(n, 0, most_money));
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, account_book::wide{most_money} * 5);
  for (std::uint64_t n = 0; n < 5; ++n)
    settle(n, 0, most_money);
  for (const std::int64_t budget : {1, 2}) {
    EXPECT_EQ(book_.balance_of(budget, clock_.wall()).held, 0);
    EXPECT_EQ(book_.balance_of(budget, clock_.wall()).spent, most_money);
  }
  book_.recall({1, true, clock_.wall(), most_money}, clock_.wall(), clock_.steady());
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, most_money);
  EXPECT_TRUE(book_.balanced());
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::total, most_money, true}}});
  EXPECT_EQ(reserve(9, 0, 1).refusal.code, ec::budget_spent);
}

TEST_F(account_book_test, no_minute_ever_sees_more_requests_than_the_limit) {
  constexpr std::int64_t limit = 20;
  book_.adopt({{{1, scope::process, 7, limit_kind::requests_per_minute, limit}}, {}});
  std::minstd_rand random{5};
  std::deque<core::steady_time> in;
  int admissions = 0;
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    clock_.advance(std::chrono::milliseconds{random() % 400});
    const auto r = reserve(n);
    while (!in.empty() && in.front() + 60s <= clock_.steady())
      in.pop_front();
    if (r.refusal.code == ec::none) {
      in.push_back(clock_.steady());
      ++admissions;
    } else {
      EXPECT_GT(r.refusal.retry_after_s, 0U);
    }
    ASSERT_LE(static_cast<std::int64_t>(in.size()), limit);
    settle(n);
  }
  // 20,000 steps of 0.2 s are 66 minutes; at most a grain's time is lost per request.
  EXPECT_GE(admissions, 65 * limit);
}

TEST_F(account_book_test, tokens_are_reserved_as_estimated_and_settled_as_used) {
  book_.adopt({{{1, scope::user, 3, limit_kind::tokens_per_minute, 1000}}, {}});
  EXPECT_TRUE(admitted(1, 800));
  EXPECT_FALSE(admitted(2, 300));
  settle(1, 100);
  EXPECT_EQ(reserve(2, 300).tokens->remaining, 600);
  settle(2, 900); // more than estimated
  EXPECT_FALSE(admitted(3, 1));
  EXPECT_EQ(reserve(4, 1001).refusal.retry_after_s, 0U) << "waiting does not help what can never fit";
}

TEST_F(account_book_test, parallel_requests_end_with_their_answers) {
  book_.adopt({{{1, scope::user, 3, limit_kind::parallel_requests, 2}}, {}});
  EXPECT_TRUE(admitted(1));
  EXPECT_TRUE(admitted(2));
  EXPECT_FALSE(admitted(3));
  settle(1);
  settle(1); // again: nothing
  EXPECT_TRUE(admitted(3));
  EXPECT_FALSE(admitted(4));
}

TEST_F(account_book_test, what_is_refused_by_one_rule_is_reserved_in_none) {
  book_.adopt({{{1, scope::process, 7, limit_kind::requests_per_minute, 10},
                {2, scope::user, 3, limit_kind::parallel_requests, 0}},
               {{3, scope::process, 7, core::budget_period::day, 100, true}}});
  EXPECT_FALSE(admitted(1, 5, 5));
  EXPECT_EQ(book_.balance_of(3, clock_.wall()).held, 0);
  EXPECT_EQ(reserve(2, 5, 5).requests->remaining, 10);
  EXPECT_EQ(book_.open(), 0U);
}

TEST_F(account_book_test, rules_may_come_change_and_go_while_requests_run) {
  book_.adopt({{{1, scope::process, 7, limit_kind::parallel_requests, 1}}, {}});
  EXPECT_TRUE(admitted(1));
  book_.adopt({{{1, scope::process, 7, limit_kind::parallel_requests, 2}}, {}});
  EXPECT_TRUE(admitted(2));
  EXPECT_FALSE(admitted(3));
  book_.adopt({{}, {}});
  EXPECT_TRUE(admitted(3));
  settle(1);
  settle(2);
  settle(3);
  EXPECT_EQ(book_.open(), 0U);
}

TEST_F(account_book_test, only_rules_that_count_something_else_begin_anew) {
  const limit_rule rate{1, scope::process, 7, limit_kind::requests_per_minute, 1};
  const budget_rule daily{2, scope::process, 7, core::budget_period::day, 100, true};
  EXPECT_EQ(book_.adopt({{rate}, {daily}}).budgets, std::vector{daily});
  EXPECT_TRUE(admitted(1, 0, 60));
  auto higher = rate;
  higher.value = 2;
  auto dearer = daily;
  dearer.amount = 110;
  EXPECT_TRUE(book_.adopt({{higher}, {dearer}}).empty());
  EXPECT_TRUE(admitted(2, 0, 50));
  EXPECT_FALSE(admitted(3));
  auto weekly = dearer;
  weekly.period = core::budget_period::week;
  EXPECT_EQ(book_.adopt({{higher}, {weekly}}).budgets, std::vector{weekly});
  settle(1, 0, 60); // was held against the daily one
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).spent, 0);
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).held, 0);
}

TEST_F(account_book_test, a_budget_that_counts_anew_forgets_what_was_spent_and_knows_what_runs) {
  budget_rule rule{1, scope::process, 7, core::budget_period::total, 100, true};
  book_.adopt({{}, {rule}});
  EXPECT_TRUE(admitted(1, 0, 30));
  EXPECT_TRUE(admitted(2, 0, 30));
  settle(1, 0, 30);
  rule.counting = 5;
  const auto unknown = book_.adopt({{}, {rule}});
  ASSERT_EQ(unknown.budgets.size(), 1U);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 0) << "until it is read";
  book_.recall({1, true, clock_.wall(), 60}, clock_.wall(), clock_.steady());
  for (const auto& request : book_.open_about(unknown))
    book_.attach(request, unknown);
  EXPECT_TRUE(book_.balance_of(1, clock_.wall()).held == 30);
  EXPECT_EQ(reserve(3, 0, 20).refusal.code, ec::rate_limited);
  settle(2, 0, 30);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 90);
  EXPECT_TRUE(book_.balanced());
}

TEST_F(account_book_test, the_books_balance_after_every_step) {
  book_.adopt({{{1, scope::process, 7, limit_kind::parallel_requests, 9}},
               {{2, scope::process, 7, core::budget_period::hour, 5000, true},
                {3, scope::model, 9, core::budget_period::total, 100'000, true}}});
  std::minstd_rand random{9};
  core::nano spent = 0;
  std::vector<std::uint64_t> running;
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    clock_.advance(std::chrono::milliseconds{random() % 2000});
    const auto hold = static_cast<core::nano>(random() % 900);
    if (random() % 2 == 0) {
      if (admitted(n, 0, hold)) running.push_back(n);
    } else if (!running.empty()) {
      const auto at = running.begin() + static_cast<std::ptrdiff_t>(random() % running.size());
      const auto cost = random() % 3 == 0 ? 0 : static_cast<core::nano>(random() % 100);
      settle(*at, 0, cost);
      spent += cost;
      running.erase(at);
    }
    ASSERT_TRUE(book_.balanced());
    ASSERT_EQ(book_.totals().settled + book_.totals().over_hold, spent);
    ASSERT_EQ(book_.open(), running.size());
  }
  for (const auto n : running)
    book_.release(id(n), clock_.steady());
  EXPECT_EQ(book_.totals().outstanding, 0);
  EXPECT_EQ(book_.balance_of(3, clock_.wall()).spent, spent);
}

TEST_F(account_book_test, what_was_used_before_counts) {
  clock_.advance(1h);
  book_.adopt({{{1, scope::process, 7, limit_kind::requests_per_minute, 2}},
               {{2, scope::user, 3, core::budget_period::day, 100, true}}});
  book_.recall({2, true, clock_.wall(), 95}, clock_.wall(), clock_.steady());
  book_.recall({1, false, clock_.wall() - 61s, 1}, clock_.wall(), clock_.steady());
  book_.recall({1, false, clock_.wall() - 59s, 1}, clock_.wall(), clock_.steady());
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).spent, 95);
  EXPECT_TRUE(admitted(1, 0, 5));
  EXPECT_EQ(reserve(2, 0, 0).refusal.code, ec::rate_limited);
}

TEST_F(account_book_test, sums_outgrow_any_amount) {
  constexpr auto huge = std::numeric_limits<core::nano>::max();
  for (std::uint64_t n = 0; n < 4; ++n) {
    EXPECT_TRUE(admitted(n, 0, huge));
    settle(n, 0, huge);
  }
  EXPECT_TRUE(book_.balanced());
  EXPECT_GT(book_.totals().reserved, account_book::wide{huge});
}

} // namespace
} // namespace logos::accounting
