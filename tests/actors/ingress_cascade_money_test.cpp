// SPDX-License-Identifier: MIT
// What a cascade owes where the process dies, or budgets change, between its answers.
#include "tests/actors/ingress_cascade_fixture.hpp"

namespace logos::ingress {
namespace {

class ingress_cascade_money : public ingress_cascade {
protected:
  static accounting::rules budget_of(core::scope scope, std::int64_t id, core::nano amount) {
    accounting::rules rules;
    rules.budgets.push_back({1, scope, id, core::budget_period::total, amount, true});
    return rules;
  }
  void have_budget(core::nano amount) { adopt(catalog(budget_of(core::scope::process, 1, amount))); }
  /// The preferred model has a budget of its own from now on.
  void rule_the_other() { adopt(catalog(budget_of(core::scope::model, 2, 0))); }

  struct found {
    std::vector<storage::finished_facts> dropped;
    std::vector<storage::finished_facts> own;
    core::nano cost = 0; // of all
  };
  /// The rows about a request as the next process finds them.
  found after_death(const core::uuid& request) {
    auto next_run = *storage::journal::open({folder_.path(), "run-2"});
    storage::journal_tail tail{*next_run, {}};
    const auto batch = tail.next(100);
    found out;
    for (const auto& row : batch.rows) {
      (row.request_id == request ? out.own : out.dropped).push_back(row);
      out.cost += row.cost_nano;
    }
    return out;
  }
};

TEST_F(ingress_cascade_money, a_dropped_answer_is_billed_once_where_the_process_dies_before_the_next) {
  have_budget(1'000'000'000);
  const auto x = escalated();
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  const auto left = after_death(x->id());
  ASSERT_EQ(left.dropped.size(), 1U);
  EXPECT_EQ(left.dropped[0].cost_nano, 400);
  ASSERT_EQ(left.own.size(), 1U);
  EXPECT_EQ(left.own[0].cost_nano, 0);
  EXPECT_EQ(left.own[0].usage.prompt_tokens + left.own[0].usage.completion_tokens, 0);
  EXPECT_EQ(left.own[0].usage_source, core::usage_source::none);
}

TEST_F(ingress_cascade_money, what_had_come_of_a_stream_that_was_dropped_is_billed_once) {
  have_budget(1'000'000'000);
  const auto x = ask(R"({"stream":true,"max_tokens":10,"messages":[{"role":"user","content":"hi"}]})");
  rule({});
  offer_for(1);
  auto so_far = whole_answer();
  so_far.complete = false;
  so_far.sent = clock().wall();
  x->relayed.at(0).observer->coming(so_far, so_far.sent + std::chrono::milliseconds{1}); // leaves a mark
  ASSERT_EQ(judge(x->relayed[0], refused), judgement::drop);
  drop(x->relayed[0]);
  const auto left = after_death(x->id());
  ASSERT_EQ(left.dropped.size(), 1U);
  EXPECT_GT(left.dropped[0].cost_nano, 0);
  EXPECT_EQ(left.cost, left.dropped[0].cost_nano);
}

TEST_F(ingress_cascade_money, an_answer_that_breaks_off_is_followed_by_the_next_step_since_each_is_held_once) {
  have_budget(1'000'000'000);
  const auto x = ask();
  rule({});
  offer_for(1);
  const auto others = logs_[2].tickets.size();
  auto cut = whole_answer();
  cut.answered = false;
  cut.complete = false;
  cut.error = core::ec::upstream_cut;
  x->relayed.at(0).observer->first_byte();
  x->relayed.at(0).observer->ended(cut);
  run();
  EXPECT_EQ(logs_[2].tickets.size(), others) << "the same model elsewhere";
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  offer_for(3, 8);
  cut.ended = clock().wall();
  x->relayed.at(1).observer->first_byte();
  x->relayed.at(1).observer->ended(cut); // nobody is left that was held for
  run();
  EXPECT_EQ(x->status(), 502);
  EXPECT_EQ(rows().size(), 2U);
}

TEST_F(ingress_cascade_money, no_more_than_was_held_is_billed_where_the_process_dies_in_the_second_answer) {
  have_budget(1'000'000'000);
  const auto x = escalated();
  offer_for(3, 8);
  ASSERT_EQ(x->relayed.size(), 2U);
  const auto left = after_death(x->id());
  ASSERT_EQ(left.own.size(), 1U);
  EXPECT_EQ(left.own[0].ids.model_id, 2);
  EXPECT_EQ(left.own[0].cost_nano, 11'000 - 400) << "nobody knows how much of it was written";
  EXPECT_EQ(left.cost, accounts_.claims.at(0).hold);
}

TEST_F(ingress_cascade_money, who_is_judged_again_between_the_answers_says_what_the_first_has_cost) {
  have_budget(1'000'000'000);
  const auto x = escalated();
  have_budget(11'000);
  offer_for(3, 8);
  ASSERT_EQ(accounts_.claims.size(), 2U);
  EXPECT_EQ(accounts_.claims[0].owed, 0);
  EXPECT_EQ(accounts_.claims[1].owed, 400);
  accounting::ruling no;
  no.refusal = {core::ec::budget_spent, "spent"};
  rule(no);
  EXPECT_EQ(x->status(), 402);
  ASSERT_EQ(accounts_.settlements.size(), 1U);
  EXPECT_EQ(accounts_.settlements[0].cost, 400);
}

TEST_F(ingress_cascade_money, the_answer_is_kept_when_the_other_model_was_given_a_budget_meanwhile) {
  const auto x = ask();
  offer_for(1);
  rule_the_other();
  EXPECT_EQ(judge(x->relayed.at(0), refused), judgement::relay);
}

TEST_F(ingress_cascade_money, a_model_that_was_given_a_budget_is_not_asked_for_an_answer_that_was_dropped_before) {
  const auto x = ask();
  offer_for(1);
  ASSERT_EQ(judge(x->relayed.at(0), refused), judgement::drop);
  rule_the_other();
  drop(x->relayed[0]);
  EXPECT_TRUE(logs_[3].tickets.empty());
  EXPECT_EQ(x->status(), 503);
}

TEST_F(ingress_cascade_money, a_model_that_was_given_a_budget_while_it_was_waited_for_is_not_sent_anything) {
  const auto x = escalated();
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  x->relayed.clear(); // the first call is over
  rule_the_other();
  offer_for(3, 8);
  EXPECT_TRUE(x->relayed.empty());
  EXPECT_TRUE(accounts_.claims.empty());
  EXPECT_EQ(logs_[3].releases.size(), 1U) << "its place is given back";
  EXPECT_EQ(x->status(), 503);
  EXPECT_EQ(rows().size(), 2U);
}

TEST_F(ingress_cascade_money, the_first_model_may_be_given_a_budget_while_it_is_waited_for) {
  const auto x = ask();
  adopt(catalog(budget_of(core::scope::model, 1, 1'000'000'000)));
  offer_for(1);
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].who[static_cast<std::size_t>(core::scope::model)], 1);
  rule({});
  offer_for(1, 8);
  EXPECT_EQ(x->relayed.size(), 1U);
}

} // namespace
} // namespace logos::ingress
