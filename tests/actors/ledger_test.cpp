// SPDX-License-Identifier: MIT
#include "tests/actors/ledger_fixture.hpp"

#include <limits>

namespace logos::tests {
namespace {

actors::usage_entry entry(std::int64_t process, std::int64_t model, std::uint64_t tokens) {
  actors::usage_entry e;
  e.process_id = process;
  e.model_id = model;
  e.provider_id = 1;
  e.requests = 1;
  e.prompt_tokens = tokens;
  e.completion_tokens = 2 * tokens;
  return e;
}

TEST(totals, add_up_per_process_model_and_provider) {
  accounting::totals sums;
  sums.add(std::vector{entry(1, 1, 10), entry(1, 2, 5), entry(1, 1, 1)});
  const auto list = sums.list();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].requests, 2U);
  EXPECT_EQ(list[0].prompt_tokens, 11U);
  EXPECT_EQ(list[0].completion_tokens, 22U);
  EXPECT_EQ(list[1].model_id, 2);
}

TEST(totals, stop_at_the_largest_number) {
  accounting::totals sums;
  auto huge = entry(1, 1, 0);
  huge.prompt_tokens = std::numeric_limits<std::uint64_t>::max() - 1;
  sums.add(std::vector{huge, huge});
  EXPECT_EQ(sums.list()[0].prompt_tokens, std::numeric_limits<std::uint64_t>::max());
}

class ledger_test : public virtual_system {};

TEST_F(ledger_test, tells_all_that_was_booked) {
  const auto ledger = host<accounting::ledger_state>("ledger", accounting::ledger_parts{}, clock());
  tell(ledger, std::vector{entry(1, 1, 10)});
  tell(ledger, std::vector{entry(1, 1, 10), entry(2, 1, 1)});
  const auto totals = ask<std::vector<actors::usage_entry>>(ledger, atom::totals_v);
  ASSERT_EQ(totals.size(), 2U);
  EXPECT_EQ(totals[0].prompt_tokens, 20U);
}

TEST_F(ledger_rules_test, a_claim_waits_until_the_rules_are_known) {
  claim(1, 10);
  EXPECT_TRUE(heard_.empty());
  EXPECT_EQ(ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)})), 1U);
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::none);
  claim(2, 1);
  EXPECT_EQ(heard_.at(1).refusal.code, core::ec::rate_limited) << "the budget is held";
}

TEST_F(ledger_rules_test, what_was_spent_before_counts) {
  spent_before(90);
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(100)}));
  claim(1, 11);
  EXPECT_EQ(heard_.at(0).refusal.code, core::ec::budget_spent);
  claim(2, 10);
  EXPECT_EQ(heard_.at(1).refusal.code, core::ec::none);
}

TEST_F(ledger_rules_test, whom_a_new_rule_is_about_waits_while_the_journal_holds_requests) {
  left_in_journal_ = 3;
  EXPECT_EQ(ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(100)})), 1U) << "in force all the same";
  claim(1, 10);
  EXPECT_TRUE(heard_.empty());
  spent_before(95); // what stood in the journal is written
  left_in_journal_ = 0;
  advance(std::chrono::seconds{1});
  EXPECT_EQ(heard_.at(0).refusal.code, core::ec::budget_spent);
}

TEST_F(ledger_rules_test, a_claim_that_was_given_up_while_it_waited_reserves_nothing) {
  left_in_journal_ = 1;
  tell(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(1, 10);
  settle(1, 0);
  left_in_journal_ = 0;
  advance(std::chrono::seconds{1});
  EXPECT_TRUE(heard_.empty());
  claim(2, 10);
  EXPECT_EQ(heard_.at(0).refusal.code, core::ec::none);
}

TEST_F(ledger_rules_test, reservations_outlive_a_ledger_that_dies) {
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(1, 10);
  kill(ledger_);
  ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(2, 10);
  EXPECT_EQ(heard_.at(1).refusal.code, core::ec::rate_limited);
  settle(1, 4);
  claim(3, 6);
  EXPECT_EQ(heard_.at(2).refusal.code, core::ec::none);
  EXPECT_EQ(parts_.shown->reserved_nano.load(), 16);
  EXPECT_EQ(parts_.shown->settled_nano.load(), 4);
  EXPECT_EQ(parts_.shown->released_nano.load(), 6);
  EXPECT_EQ(parts_.shown->outstanding_nano.load(), 6);
  EXPECT_EQ(parts_.shown->imbalances.load(), 0U);
}

TEST_F(ledger_rules_test, a_ledger_alone_rules_until_another_gateway_has_the_database) {
  kill(ledger_);
  const auto right = scheduling::lease::unlimited(0);
  parts_.sole = right;
  ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
  tell(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(1, 4);
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::none) << "nobody else has to report";
  advance(std::chrono::hours{1});
  settle(1, 3);
  claim(2, 4);
  ASSERT_EQ(heard_.size(), 2U) << "a database that is away keeps nobody waiting";
  right->end();
  claim(3, 1);
  advance(std::chrono::seconds{1});
  EXPECT_EQ(heard_.size(), 2U) << "another one counts now";
}

TEST_F(ledger_rules_test, what_was_not_read_yet_is_read_by_the_ledger_that_follows_one_that_died) {
  spent_before(95);
  left_in_journal_ = 1;
  tell(ledger_, atom::adopt_v, budgets_of({budget_of(100)}));
  kill(ledger_);
  left_in_journal_ = 0;
  ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(100)}));
  claim(1, 10);
  EXPECT_EQ(heard_.at(0).refusal.code, core::ec::budget_spent);
}

TEST_F(ledger_rules_test, what_is_credited_is_there_for_the_next_claim_and_in_the_figures) {
  auto rule = budget_of(10);
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({rule}));
  claim(1, 10);
  settle(1, 10);
  claim(2, 1);
  EXPECT_EQ(heard_.at(1).refusal.code, core::ec::budget_spent);
  accounting::credit_sums sums{rule.period};
  sums.add(clock().wall(), 4);
  rule.credits = sums.list();
  EXPECT_EQ(ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({rule}, 2)), 2U);
  EXPECT_EQ(parts_.shown->credited_nano.load(), 4);
  claim(3, 4);
  claim(4, 1);
  EXPECT_EQ(heard_.at(2).refusal.code, core::ec::none);
  EXPECT_EQ(heard_.at(3).refusal.code, core::ec::rate_limited) << "and no more than that";
  settle(3, 4);
  rule.credits.clear();
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({rule}, 3));
  EXPECT_EQ(parts_.shown->credited_nano.load(), 0);
  claim(5, 1);
  EXPECT_EQ(heard_.at(4).refusal.code, core::ec::budget_spent) << "overdrawn, nobody is let in";
  EXPECT_EQ(parts_.shown->imbalances.load(), 0U);
}

TEST_F(ledger_rules_test, a_budget_made_anew_counts_what_runs) {
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(1, 6);
  auto again = budget_of(10);
  again.id = 2;
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({again}, 2));
  claim(2, 5);
  EXPECT_EQ(heard_.at(1).refusal.code, core::ec::rate_limited) << "the rest is held by the first";
  settle(1, 6);
  claim(3, 5);
  EXPECT_EQ(heard_.at(2).refusal.code, core::ec::budget_spent);
  claim(4, 4);
  EXPECT_EQ(heard_.at(3).refusal.code, core::ec::none);
}

TEST_F(ledger_rules_test, what_ends_while_the_past_of_a_budget_is_read_counts_once) {
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(1, 6);
  claim(2, 3);
  left_in_journal_ = 1;
  auto again = budget_of(10);
  again.id = 2;
  tell(ledger_, atom::adopt_v, budgets_of({again}, 2));
  settle(1, 6);
  book(id_of(1), 6); // the first one's row is written, the second's is not
  settle(2, 3);
  left_in_journal_ = 0;
  advance(std::chrono::seconds{1});
  claim(3, 2);
  EXPECT_EQ(heard_.at(2).refusal.code, core::ec::budget_spent);
  claim(4, 1);
  EXPECT_EQ(heard_.at(3).refusal.code, core::ec::none);
}

TEST_F(ledger_rules_test, whom_a_new_rule_is_not_about_does_not_wait_for_its_past) {
  auto other = budget_of(10);
  other.id = 2;
  other.scope_id = 8;
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  left_in_journal_ = 1; // the database is away
  tell(ledger_, atom::adopt_v, budgets_of({budget_of(10), other}, 2));
  claim(1, 10);
  EXPECT_EQ(heard_.size(), 1U);
}

TEST_F(ledger_rules_test, says_why_it_does_not_tell_how_far_budgets_are_used) {
  const auto told = [&] {
    return this->ask<accounting::use_answer>(ledger_, atom::explain_v,
                                             accounting::use_question{{}, {1, 9}, clock().wall()});
  };
  EXPECT_NE(told().unknown.find("just been started"), std::string::npos) << told().unknown;
  spent_before(30);
  left_in_journal_ = 1;
  tell(ledger_, atom::adopt_v, budgets_of({budget_of(100)}));
  EXPECT_TRUE(told().budgets.empty());
  EXPECT_NE(told().unknown.find("still reading"), std::string::npos) << told().unknown;
  left_in_journal_ = 0;
  advance(std::chrono::seconds{1});
  claim(1, 50);
  const auto known = told();
  EXPECT_EQ(known.budgets, (std::vector<accounting::budget_use>{{1, 30, 50}}));
  EXPECT_EQ(known.unknown, "");
  become_owner();
  tell(ledger_, atom::adopt_v, budgets_of({budget_of(100)}));
  EXPECT_NE(told().unknown.find("every node"), std::string::npos) << told().unknown;
}

} // namespace
} // namespace logos::tests
