// SPDX-License-Identifier: MIT
// What an account book says of requests that were let in before budgets changed.
#include "tests/actors/account_book_fixture.hpp"

namespace logos::accounting {
namespace {

class changed_budgets_test : public account_book_test {
protected:
  void budget(core::nano amount, std::int64_t id = 1) {
    rules all;
    all.limits.push_back({1, scope::process, 7, limit_kind::requests_per_minute, 3});
    all.budgets.push_back({id, scope::process, 7, core::budget_period::total, amount, true});
    book_.adopt(all);
  }
  ruling again(std::uint64_t n, core::nano hold, core::nano spare = 0, core::nano owed = 0) {
    claim c{id(n), {7, 0, 3, 0, 9}, 0, hold, clock_.wall(), 0, 0, spare};
    c.at_stage = stage::waiting;
    c.owed = owed;
    return book_.judge_again(c, clock_.steady());
  }
};

TEST_F(changed_budgets_test, who_waits_goes_on_as_long_as_the_budget_holds_it) {
  budget(100);
  ASSERT_TRUE(admitted(1, 0, 60));
  EXPECT_EQ(again(1, 60).refusal.code, ec::none) << "what it holds itself is not in its way";
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 60);
  settle(1, 0, 50);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 50);
  EXPECT_TRUE(book_.balanced());
}

TEST_F(changed_budgets_test, who_waits_is_refused_by_a_budget_that_was_lowered_and_holds_nothing_then) {
  budget(100);
  ASSERT_TRUE(admitted(1, 0, 40) && admitted(2, 0, 40));
  budget(0);
  EXPECT_EQ(again(1, 40).refusal.code, ec::budget_spent);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 40);
  EXPECT_EQ(again(2, 40).refusal.code, ec::budget_spent);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 0);
  settle(1, 0, 0); // as whoever asked does then
  settle(2, 0, 7); // an attempt before had cost that
  EXPECT_EQ(book_.open(), 0U);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 7);
  EXPECT_TRUE(book_.balanced());
}

TEST_F(changed_budgets_test, who_is_refused_holds_what_it_owes_until_that_is_settled) {
  budget(100);
  ASSERT_TRUE(admitted(1, 0, 60));
  budget(50);
  EXPECT_EQ(again(1, 60, 0, 20).refusal.code, ec::budget_spent);
  EXPECT_EQ(again(2, 60, 0, 10).refusal.code, ec::budget_spent) << "admitted by a LEDGER before this one";
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 30);
  EXPECT_FALSE(admitted(3, 0, 21));
  EXPECT_TRUE(admitted(3, 0, 20));
  EXPECT_TRUE(book_.balanced());
  settle(1, 0, 20);
  settle(2, 0, 10);
  settle(3, 0, 20);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 50);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 0);
  EXPECT_EQ(book_.totals().over_hold, 0);
  EXPECT_EQ(book_.totals().outstanding, 0);
  EXPECT_TRUE(book_.balanced());
}

TEST_F(changed_budgets_test, what_is_owed_is_nothing_that_can_be_done_without) {
  budget(200);
  ASSERT_TRUE(admitted(1, 0, 100));
  budget(50);
  EXPECT_EQ(again(1, 100, 90, 60).refusal.code, ec::budget_spent) << "a short answer beside it is not enough";
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 60);
  budget(80);
  const auto cut = again(1, 100, 90, 60);
  EXPECT_EQ(cut.refusal.code, ec::none);
  EXPECT_EQ(cut.spared_hold, 20);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 80);
  EXPECT_TRUE(book_.balanced());
}

TEST_F(changed_budgets_test, as_many_go_on_as_the_lowered_budget_pays_for) {
  budget(400);
  for (const auto n : {1U, 2U, 3U})
    ASSERT_TRUE(admitted(n, 0, 40));
  budget(80);
  int on = 0;
  for (const auto n : {1U, 2U, 3U})
    on += again(n, 40).refusal.code == ec::none ? 1 : 0;
  EXPECT_EQ(on, 2);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 80);
}

TEST_F(changed_budgets_test, a_budget_made_anew_holds_for_who_waits) {
  budget(100, 1);
  ASSERT_TRUE(admitted(1, 0, 40));
  budget(100, 2);
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).held, 0);
  EXPECT_EQ(again(1, 40).refusal.code, ec::none);
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).held, 40);
  settle(1, 0, 30);
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).held, 0);
  EXPECT_EQ(book_.balance_of(2, clock_.wall()).spent, 30);
}

TEST_F(changed_budgets_test, to_be_judged_again_is_not_another_request_of_the_minute) {
  budget(100);
  ASSERT_TRUE(admitted(1, 0, 1));
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(again(1, 1).refusal.code, ec::none);
  EXPECT_TRUE(admitted(2, 0, 1) && admitted(3, 0, 1));
  EXPECT_FALSE(admitted(4, 0, 1));
}

TEST_F(changed_budgets_test, who_is_judged_again_holds_what_it_may_cost_by_now_as_far_as_there_is_that_much) {
  budget(1000);
  ASSERT_TRUE(admitted(1, 0, 40));
  budget(100);
  EXPECT_EQ(again(1, 60).refusal.code, ec::none);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 60);
  const auto cut = again(1, 300, 290);
  EXPECT_EQ(cut.refusal.code, ec::none);
  EXPECT_EQ(cut.spared_hold, 200);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 100);
  EXPECT_TRUE(book_.balanced());
  settle(1, 0, 90);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 0);
  EXPECT_EQ(book_.totals().outstanding, 0);
  EXPECT_TRUE(book_.balanced());
}

TEST_F(changed_budgets_test, who_was_let_in_with_less_is_not_sent_away_because_others_hold_what_was_added) {
  budget(20);
  ASSERT_TRUE(admitted(1, 0, 20));
  budget(50);
  ASSERT_TRUE(admitted(2, 0, 29));
  const auto r = again(1, 60, 55);
  EXPECT_EQ(r.refusal.code, ec::none) << r.refusal.message;
  EXPECT_EQ(r.spared_hold, 40);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 49);
  EXPECT_EQ(again(1, 60, 30).refusal.code, ec::rate_limited) << "its shortest answer may cost more than it holds";
  EXPECT_TRUE(book_.balanced());
}

TEST_F(changed_budgets_test, of_whom_nothing_is_known_asks_as_the_first_time) {
  budget(100);
  EXPECT_EQ(again(1, 200).refusal.code, ec::budget_spent);
  EXPECT_EQ(again(2, 60).refusal.code, ec::none);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).held, 60);
  settle(1, 0, 7);
  EXPECT_EQ(book_.balance_of(1, clock_.wall()).spent, 7) << "what an attempt before had cost still comes";
  EXPECT_EQ(book_.open(), 1U);
  EXPECT_TRUE(book_.balanced());
}

} // namespace
} // namespace logos::accounting
