// SPDX-License-Identifier: MIT
// INGRESS, as budgets change while its requests wait or run.
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

constexpr std::string_view ten_tokens =
    R"({"model":"gpt","max_tokens":10,"messages":[{"role":"user","content":"hi"}]})";

class ingress_budgets_test : public ingress_test {
protected:
  /// No amount: there is no budget.
  void change(std::uint64_t version, std::optional<core::nano> amount) {
    accounting::rules rules;
    if (amount) rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, *amount, true});
    adopt(tests::small_catalog(
        version, std::move(rules),
        accounting::price_book{{{9, 2, 0, core::token_type::completion, {}, 1'000'000, 0, 0, 4}}}));
  }
  static accounting::ruling spent() {
    accounting::ruling r;
    r.refusal = {core::ec::budget_spent, "spent"};
    return r;
  }
};

TEST_F(ingress_budgets_test, who_waited_while_its_budget_changed_is_judged_again_before_it_is_sent) {
  change(2, 1'000'000);
  const auto x = bring(tests::root_key, ten_tokens);
  rule({});
  ASSERT_EQ(accounts_.claims.size(), 1U);
  change(3, 0);
  EXPECT_EQ(accounts_.claims.size(), 1U) << "not before its turn";
  offer_for(3);
  EXPECT_TRUE(x->relayed.empty());
  ASSERT_EQ(accounts_.claims.size(), 2U);
  EXPECT_EQ(accounts_.claims[1].at_stage, accounting::stage::waiting);
  EXPECT_EQ(accounts_.claims[1].hold, 10'000);
  EXPECT_EQ(logs_[3].releases.size(), 1U) << "the place is free for others meanwhile";
  rule(spent());
  EXPECT_EQ(x->status(), 402);
  EXPECT_TRUE(x->relayed.empty());
}

TEST_F(ingress_budgets_test, who_may_go_on_keeps_the_time_that_it_has_waited) {
  change(2, 1'000'000);
  const auto x = bring(tests::root_key, ten_tokens);
  rule({});
  advance(std::chrono::milliseconds{700});
  change(3, 2'000'000);
  offer_for(3);
  rule({});
  ASSERT_EQ(logs_[3].tickets.size(), 2U);
  EXPECT_GE(logs_[3].tickets[1].waited_us, 700'000);
  offer_for(3);
  EXPECT_EQ(x->relayed.size(), 1U);
  EXPECT_EQ(accounts_.claims.size(), 2U) << "once for each change";
}

TEST_F(ingress_budgets_test, who_waits_when_its_first_budget_is_made_asks_for_the_first_time) {
  change(2, {});
  const auto x = bring(tests::root_key, ten_tokens);
  EXPECT_TRUE(accounts_.claims.empty());
  change(3, 0);
  offer_for(3);
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].at_stage, accounting::stage::fresh);
  rule(spent());
  EXPECT_EQ(x->status(), 402);
  EXPECT_TRUE(x->relayed.empty());
}

TEST_F(ingress_budgets_test, what_runs_when_its_first_budget_is_made_is_settled_with_it) {
  change(2, {});
  const auto x = bring(tests::root_key, ten_tokens);
  offer_for(3);
  ASSERT_EQ(x->relayed.size(), 1U);
  change(3, 5'000);
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].at_stage, accounting::stage::running);
  EXPECT_EQ(accounts_.claims[0].hold, 10'000);
  const auto call = x->relayed.at(0).observer;
  const auto outcome = whole_answer();
  call->ending(outcome);
  call->ended(outcome);
  run();
  ASSERT_EQ(accounts_.settlements.size(), 1U);
  EXPECT_EQ(accounts_.settlements[0].cost, 4'000);
  EXPECT_EQ(rows().at(0).hold_nano, 10'000);
}

TEST_F(ingress_budgets_test, whom_the_changed_budgets_are_not_about_goes_on_at_once) {
  change(2, {});
  const auto x = bring(tests::user_key, R"({"model":"gemma","messages":[{"role":"user","content":"hi"}]})");
  change(3, 5'000);
  const auto by = logs_[1].tickets.empty() ? 2 : 1;
  offer_for(by); // is turned into a ticket anew, and nobody is asked for money
  offer_for(by);
  EXPECT_EQ(x->relayed.size(), 1U);
  EXPECT_TRUE(accounts_.claims.empty());
}

} // namespace
} // namespace logos::ingress
