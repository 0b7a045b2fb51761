// SPDX-License-Identifier: MIT
// INGRESS, as budgets change while its requests wait or run.
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

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
  /// A budget of somebody else is changed.
  void change_another(std::uint64_t version, core::nano mine, core::nano others) {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, mine, true});
    rules.budgets.push_back({2, core::scope::process, 77, core::budget_period::total, others, true});
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
  EXPECT_EQ(accounts_.claims[0].catalog, 2U);
  EXPECT_EQ(accounts_.claims[1].catalog, 3U) << "for a LEDGER that knows only the one before";
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

TEST_F(ingress_budgets_test, others_budgets_have_nobody_judged_again) {
  change_another(2, 1'000'000, 1);
  const auto x = bring(tests::root_key, ten_tokens);
  rule({});
  for (std::uint64_t version = 3; version < 6; ++version)
    change_another(version, 1'000'000, static_cast<core::nano>(version));
  offer_for(3);
  EXPECT_EQ(x->relayed.size(), 1U);
  EXPECT_EQ(accounts_.claims.size(), 1U);
}

TEST_F(ingress_budgets_test,
       an_answer_that_was_cut_to_what_was_left_stays_within_what_is_held_when_it_is_judged_again) {
  change(2, 1'000'000);
  const auto x = bring(tests::root_key, R"({"model":"gpt","messages":[{"role":"user","content":"hi"}]})");
  accounting::ruling little; // pays for twenty tokens
  little.spared_hold = accounts_.claims.at(0).hold - 20'000;
  rule(little);
  change(3, 900'000);
  offer_for(3);
  ASSERT_EQ(accounts_.claims.size(), 2U);
  EXPECT_EQ(accounts_.claims[1].hold, accounts_.claims[0].hold) << "asks for all of it again, and can spare as much";
  EXPECT_EQ(accounts_.claims[1].spare_hold, accounts_.claims[0].spare_hold);
  little.spared_hold = accounts_.claims[1].hold - 30'000;
  rule(little);
  offer_for(3);
  ASSERT_EQ(x->relayed.size(), 1U);
  std::string sent;
  for (const auto piece : x->relayed[0].call.body)
    sent += piece;
  EXPECT_NE(sent.find(R"("max_completion_tokens":30)"), std::string::npos) << sent;
}

TEST_F(ingress_budgets_test, a_ruling_on_another_claim_than_the_last_lets_nobody_go) {
  change(2, 1'000'000);
  const auto x = bring(tests::root_key, ten_tokens);
  rule({});
  change(3, 900'000);
  offer_for(3);
  accounting::ruling late;
  late.request = accounts_.claims.back().request;
  late.at_stage = accounting::stage::running;
  tell(accounts_.asker, late);
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
  rule(spent());
  EXPECT_EQ(x->status(), 402);
  EXPECT_TRUE(x->relayed.empty());
}

TEST_F(ingress_budgets_test, who_waits_and_owes_for_an_attempt_is_counted_by_its_first_budget) {
  change(2, {});
  const auto x =
      bring(tests::root_key, R"({"model":"gemma","max_tokens":10,"messages":[{"role":"user","content":"hi"}]})");
  const auto first = logs_[1].tickets.empty() ? 2 : 1;
  offer_for(first);
  ASSERT_EQ(x->relayed.size(), 1U);
  net::call_outcome cut;
  cut.error = core::ec::upstream_cut;
  cut.sent_whole = true;
  cut.sent = clock().wall();
  cut.ended = cut.sent + std::chrono::milliseconds{5};
  const auto call = x->relayed.at(0).observer;
  call->ended(cut);
  run();
  EXPECT_TRUE(accounts_.claims.empty());
  change(3, 5'000);
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].at_stage, accounting::stage::running);
}

TEST_F(ingress_budgets_test, who_is_judged_again_says_what_an_attempt_before_has_cost) {
  const auto change_priced = [this](std::uint64_t version, core::nano amount) {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, amount, true});
    adopt(tests::small_catalog(version, std::move(rules),
                               accounting::price_book{{{9, 1, 0, core::token_type::prompt, {}, 1'000'000, 0, 0, 4}}}));
  };
  change_priced(2, 1'000'000'000);
  const auto x =
      bring(tests::root_key, R"({"model":"gemma","max_tokens":10,"messages":[{"role":"user","content":"hi"}]})");
  rule({});
  const auto first = logs_[1].tickets.empty() ? 2 : 1;
  offer_for(first);
  ASSERT_EQ(x->relayed.size(), 1U);
  net::call_outcome cut;
  cut.error = core::ec::upstream_cut;
  cut.sent_whole = true;
  cut.sent = clock().wall();
  cut.ended = cut.sent + std::chrono::milliseconds{5};
  const auto call = x->relayed.at(0).observer;
  call->ended(cut);
  run();
  change_priced(3, 5'000);
  offer_for(3 - first, 8);
  ASSERT_EQ(accounts_.claims.size(), 2U);
  EXPECT_EQ(accounts_.claims[0].owed, 0);
  EXPECT_GT(accounts_.claims[1].owed, 0);
  rule(spent());
  EXPECT_EQ(x->status(), 402);
  ASSERT_EQ(accounts_.settlements.size(), 1U);
  EXPECT_EQ(accounts_.settlements[0].cost, accounts_.claims[1].owed);
}

TEST_F(ingress_budgets_test, a_limit_of_nothing_holds_for_who_waits) {
  change(2, {});
  const auto x = bring(tests::root_key, ten_tokens);
  accounting::rules rules;
  rules.limits.push_back({1, core::scope::process, 1, core::limit_kind::requests_per_minute, 0});
  adopt(tests::small_catalog(3, std::move(rules)));
  offer_for(3);
  EXPECT_EQ(x->status(), 403);
  EXPECT_TRUE(x->relayed.empty());
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

TEST_F(ingress_budgets_test, what_is_counted_nowhere_is_no_hard_budgets) {
  for (const bool budgeted : {true, false}) {
    change(budgeted ? 2 : 3, budgeted ? std::optional<core::nano>{1'000'000'000} : std::nullopt);
    for (const auto* path : {"/v1/realtime/calls", "/v1/videos", "/v1/Videos/v_1/remix", "/v1//video/generations/jobs",
                             "/v1/models/gpt:batchGenerateContent"}) {
      const auto x = bring(tests::root_key, to_gpt, path);
      EXPECT_EQ(x->status(), budgeted ? 403 : 0) << path;
    }
  }
}

TEST_F(ingress_budgets_test, a_tariff_dearer_than_the_prices_is_no_hard_budgets) {
  for (const bool budgeted : {true, false}) {
    change(budgeted ? 2 : 3, budgeted ? std::optional<core::nano>{1'000'000'000} : std::nullopt);
    const auto x = bring(tests::root_key, R"({"model":"gpt","max_tokens":9,"service_tier":"priority","messages":[]})");
    EXPECT_EQ(x->status(), budgeted ? 403 : 0);
    const auto usual = bring(tests::root_key, R"({"model":"gpt","max_tokens":9,"service_tier":"auto","messages":[]})");
    EXPECT_EQ(usual->status(), 0);
  }
}

} // namespace
} // namespace logos::ingress
