// SPDX-License-Identifier: MIT
#include "tests/actors/account_book_fixture.hpp"

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

} // namespace
} // namespace logos::accounting
