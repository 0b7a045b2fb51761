// SPDX-License-Identifier: MIT
#include "tests/actors/account_book_fixture.hpp"

#include <algorithm>
#include <random>

namespace logos::accounting {
namespace {

TEST_F(account_book_test, of_an_answer_without_bound_no_more_is_held_than_is_left) {
  book_.adopt({{},
               {{1, scope::process, 7, core::budget_period::total, 100, true},
                {2, scope::user, 3, core::budget_period::total, 1000, true}}});
  EXPECT_EQ(reserve_boundless(1, 0, 0, 400, 390).spared_hold, 300);
  EXPECT_EQ(book_.totals().outstanding, 100);
  EXPECT_EQ(reserve_boundless(1, 0, 0, 400, 390).spared_hold, 300) << "asked again, it has what it was given";
  const auto meanwhile = reserve_boundless(2, 0, 0, 400, 390);
  EXPECT_EQ(meanwhile.refusal.code, ec::rate_limited) << "what is held may come back: no answer is cut short for that";
  EXPECT_GT(meanwhile.refusal.retry_after_s, 0U);
  settle(1, 0, 85);
  EXPECT_EQ(reserve_boundless(3, 0, 0, 14, 4).spared_hold, 0) << "there is enough";
  settle(3, 0, 4);
  EXPECT_EQ(reserve_boundless(4, 0, 0, 400, 388).refusal.code, ec::budget_spent) << "there is not even the rest";
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 89);
  EXPECT_TRUE(book_.balanced());
  EXPECT_EQ(book_.totals().outstanding, 0);
}

TEST_F(account_book_test, of_a_budget_that_is_also_others_one_answer_without_bound_holds_a_part) {
  book_.adopt({{}, {{1, scope::model, 9, core::budget_period::total, 100, true}}});
  EXPECT_EQ(reserve_boundless(1, 0, 0, 400, 390).spared_hold, 384) << "16 of a quarter's 25";
  EXPECT_TRUE(admitted(2, 0, 20)) << "a small request does not wait for it";
  EXPECT_EQ(reserve_boundless(3, 0, 0, 16, 6).spared_hold, 0) << "what fits into the part is not cut";
  EXPECT_EQ(reserve_boundless(4, 0, 0, 60, 10).spared_hold, 10) << "never below what it cannot do without";
}

TEST_F(account_book_test, where_an_answer_is_cut_tells_what_is_left_for_others_within_a_factor_only) {
  std::set<core::nano> cuts;
  for (core::nano amount = 4096; amount < 8192; ++amount) {
    account_book book;
    book.adopt({{}, {{1, scope::service, 5, core::budget_period::total, amount, true}}});
    cuts.insert(
        book.reserve({id(1), {7, 0, 3, 5, 9}, 0, 9000, clock_.wall(), 0, 0, 8999}, clock_.steady()).spared_hold);
  }
  EXPECT_EQ(cuts, std::set<core::nano>{9000 - 1024});
  account_book book;
  book.adopt({{}, {{1, scope::service, 5, core::budget_period::total, 3, true}}});
  EXPECT_EQ(book.reserve({id(1), {7, 0, 3, 5, 9}, 0, 9, clock_.wall(), 0, 0, 8}, clock_.steady()).spared_hold, 8)
      << "of next to nothing, what it cannot do without";
}

TEST_F(account_book_test, a_soft_budget_cuts_no_answer_short) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::total, 100, false}}});
  EXPECT_EQ(reserve_boundless(1, 0, 0, 400, 390).spared_hold, 0);
}

TEST_F(account_book_test, a_limit_on_tokens_lets_answers_without_bound_use_what_is_left_of_a_minute) {
  book_.adopt({{{1, scope::process, 7, limit_kind::tokens_per_minute, 100}}, {}});
  for (std::uint64_t n = 1; n <= 6; ++n) {
    const auto in = reserve_boundless(n, 4106, 4095);
    EXPECT_EQ(in.refusal.code, ec::none) << in.refusal.message;
    EXPECT_EQ(in.tokens->remaining, 0) << "all that is left is reserved";
    EXPECT_EQ(reserve_boundless(100 + n, 4106, 4095).refusal.code, ec::rate_limited) << "by whoever came first";
    settle(n, 15);
  }
  const auto last = reserve_boundless(7, 4106, 4095);
  EXPECT_EQ(last.refusal.code, ec::rate_limited) << "the prompt alone is more than the 10 that are left";
  EXPECT_EQ(last.refusal.retry_after_s, 60U);
  EXPECT_EQ(last.tokens->remaining, 10);
  clock_.advance(1min);
  EXPECT_EQ(reserve_boundless(8, 4106, 4095).refusal.code, ec::none);
  settle(8, 150);
  EXPECT_EQ(reserve_boundless(9, 12, 1).refusal.retry_after_s, 60U) << "what was used beyond counts";
}

/// Of a request that may cost more than is held, nobody knows by how much.
claim open_ended(std::uint64_t n, core::wall_time at, core::nano hold = 0, parties who = {7, 0, 3, 0, 9}) {
  claim c{core::uuid::from_halves(1, n), who, 0, hold, at};
  c.open_ended = true;
  return c;
}

TEST_F(account_book_test, of_claims_without_bound_one_is_open_at_a_time) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::day, 100, true}}});
  const auto reserve_open = [&](std::uint64_t n, core::nano hold = 0) {
    return book_.reserve(open_ended(n, clock_.wall(), hold), clock_.steady()).refusal;
  };
  EXPECT_EQ(reserve_open(1).code, ec::none);
  EXPECT_EQ(reserve_open(1).code, ec::none) << "asked again, it is the one";
  const auto second = reserve_open(2);
  EXPECT_EQ(second.code, ec::rate_limited);
  EXPECT_GT(second.retry_after_s, 0U);
  EXPECT_NE(second.message.find("one request at a time"), std::string::npos) << second.message;
  EXPECT_TRUE(admitted(3, 0, 100)) << "what is bounded does not wait for it";
  EXPECT_TRUE(admitted(4)) << "nor what is free";
  settle(3);
  settle(1, 0, 60);
  EXPECT_EQ(reserve_open(2, 41).code, ec::budget_spent) << "what is known of its cost has to fit";
  EXPECT_EQ(reserve_open(2, 40).code, ec::none);
  settle(2, 0, 300);
  settle(2, 0, 300);
  EXPECT_EQ(reserve_open(5).code, ec::budget_spent);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 360) << "beyond by a part of one request";
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).open_ended, 0);
  clock_.advance(24h);
  EXPECT_EQ(reserve_open(5).code, ec::none);
}

TEST_F(account_book_test, a_claim_without_bound_waits_under_whichever_hard_budget_has_one_already) {
  book_.adopt({{},
               {{1, scope::user, 3, core::budget_period::total, 100, true},
                {2, scope::process, 8, core::budget_period::total, 100, true},
                {3, scope::model, 9, core::budget_period::total, 100, false}}});
  const auto code = [&](std::uint64_t n, parties who) {
    return book_.reserve(open_ended(n, clock_.wall(), 0, who), clock_.steady()).refusal.code;
  };
  EXPECT_EQ(code(1, {7, 0, 3, 0, 9}), ec::none);
  EXPECT_EQ(code(2, {8, 0, 3, 0, 9}), ec::rate_limited) << "of the same user";
  EXPECT_EQ(code(3, {8, 0, 4, 0, 9}), ec::none) << "what was refused is not open; a soft budget keeps nobody waiting";
  EXPECT_EQ(code(4, {6, 0, 4, 0, 9}), ec::none);
}

TEST_F(account_book_test, a_claim_without_bound_that_was_admitted_elsewhere_is_open_here_too) {
  book_.adopt({{}, {{1, scope::process, 7, core::budget_period::total, 100, true}}});
  book_.restore(open_ended(1, clock_.wall()), clock_.steady());
  EXPECT_EQ(book_.reserve(open_ended(2, clock_.wall()), clock_.steady()).refusal.code, ec::rate_limited);
  book_.adopt({{}, {{2, scope::process, 7, core::budget_period::total, 100, true}}});
  EXPECT_EQ(book_.reserve(open_ended(2, clock_.wall()), clock_.steady()).refusal.code, ec::none) << "another budget";
  book_.attach(id(1), {{}, {{2, scope::process, 7, core::budget_period::total, 100, true}}});
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).open_ended, 2);
  settle(1);
  settle(2);
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).open_ended, 0);
}

TEST_F(account_book_test, whatever_comes_no_more_is_spent_beyond_than_one_claim_without_bound_costs) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::minstd_rand random{seed};
    const auto up_to = [&](std::int64_t n) { return static_cast<std::int64_t>(random()) % (n + 1); };
    account_book book;
    book.adopt({{}, {{1, scope::process, 7, core::budget_period::total, 5000, true}}});
    struct run {
      std::uint64_t n;
      claim what;
    };
    std::vector<run> runs;
    core::nano dearest = 0;
    for (std::uint64_t n = 1; n <= 2000; ++n) {
      claim c = open_ended(n, clock_.wall(), up_to(40));
      c.open_ended = up_to(1) == 0;
      if (book.reserve(c, clock_.steady()).refusal.code == ec::none) runs.push_back({n, c});
      if (runs.empty() || up_to(2) == 0) continue;
      const auto ended = static_cast<std::size_t>(up_to(static_cast<std::int64_t>(runs.size()) - 1));
      const auto cost = runs[ended].what.open_ended ? up_to(900) : up_to(runs[ended].what.hold);
      if (runs[ended].what.open_ended) dearest = std::max(dearest, cost);
      book.settle(id(runs[ended].n), 0, cost, clock_.steady());
      runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(ended));
    }
    const auto spent = book.balance_of(1, clock_.wall()).spent;
    EXPECT_GT(spent, 4000) << seed;
    EXPECT_LE(spent, 5000 + dearest) << seed;
  }
}

} // namespace
} // namespace logos::accounting
