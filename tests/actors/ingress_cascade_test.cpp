// SPDX-License-Identifier: MIT
// A cheap model answers first, and another one only when that answer fails a check. gemma (providers 1 and 2) is cheap,
// gpt (provider 3) is preferred.
#include "tests/actors/ingress_cascade_fixture.hpp"

namespace logos::ingress {
namespace {

TEST_F(ingress_cascade, the_cheap_model_is_asked_alone_and_its_good_answer_is_the_answer) {
  const auto x = ask();
  EXPECT_EQ(logs_[1].tickets.size() + logs_[2].tickets.size(), 2U);
  EXPECT_TRUE(logs_[3].tickets.empty());
  offer_for(1);
  ASSERT_EQ(x->relayed.size(), 1U);
  EXPECT_EQ(x->relayed[0].call.hold_back, execution::longest_held_back);
  EXPECT_TRUE(has(x->relayed[0].call.answer_headers, "x-logos-decision: cascade; "))
      << x->relayed[0].call.answer_headers;
  EXPECT_TRUE(has(x->relayed[0].call.answer_headers, "; step=1; steps=2"));
  EXPECT_EQ(judge(x->relayed[0], good), judgement::relay);
  finish(x->relayed[0]);
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 1U);
  EXPECT_EQ(booked[0].request_id, x->id());
  EXPECT_EQ(booked[0].ids.model_id, 1);
  EXPECT_EQ(booked[0].cost_nano, 400);
  EXPECT_TRUE(logs_[3].tickets.empty());
}

TEST_F(ingress_cascade, a_refusal_is_dropped_and_the_preferred_model_answers_unjudged) {
  const auto x = escalated();
  EXPECT_EQ(logs_[1].releases.size(), 1U);
  EXPECT_EQ(logs_[1].releases[0].code, 0) << "the provider has done its work";
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  EXPECT_TRUE(x->status() == 0 && rows().size() == 1U);
  offer_for(3, 8);
  ASSERT_EQ(x->relayed.size(), 2U);
  EXPECT_EQ(x->relayed[1].call.hold_back, 0U);
  const auto& headers = x->relayed[1].call.answer_headers;
  EXPECT_TRUE(has(headers, "x-logos-model: gpt\r\n")) << headers;
  EXPECT_TRUE(has(headers, "x-logos-decision: escalated; ")) << headers;
  EXPECT_TRUE(has(headers, "; step=2; steps=2; failed=refusal")) << headers;
  finish(x->relayed[1]);
  EXPECT_EQ(logs_[3].releases.size(), 1U);
  EXPECT_EQ(logs_[1].releases.size(), 1U);
  EXPECT_EQ(traffic_.escalated[static_cast<std::size_t>(answer_check::refusal)].value(), 1U);
  EXPECT_EQ(traffic_.retried.value(), 0U);
}

TEST_F(ingress_cascade, every_answer_has_its_row_and_its_cost) {
  const auto x = escalated();
  offer_for(3, 8);
  finish(x->relayed[1]);
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 2U);
  EXPECT_NE(booked[0].request_id, x->id());
  EXPECT_EQ(booked[0].ids.model_id, 1);
  EXPECT_EQ(booked[0].cost_nano, 400);
  EXPECT_EQ(booked[0].usage.completion_tokens, 4);
  EXPECT_EQ(booked[0].result, core::result_status::success);
  EXPECT_EQ(booked[1].request_id, x->id());
  EXPECT_EQ(booked[1].ids.model_id, 2);
  EXPECT_EQ(booked[1].cost_nano, 4'000);
  EXPECT_EQ(booked[1].attempts, 2);
}

TEST_F(ingress_cascade, what_is_reserved_covers_both_answers_and_what_is_settled_is_their_sum) {
  accounting::rules rules;
  rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000, true});
  adopt(catalog(std::move(rules)));
  const auto x = escalated();
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].hold, 1'000 + 10'000) << "ten tokens of each";
  EXPECT_TRUE(accounts_.settlements.empty());
  offer_for(3, 8);
  finish(x->relayed[1]);
  ASSERT_EQ(accounts_.settlements.size(), 1U);
  EXPECT_EQ(accounts_.settlements[0].cost, 400 + 4'000);
  EXPECT_EQ(accounts_.settlements[0].tokens, 7 + 7);
  const auto told = x->relayed[1].observer->usage_members(whole_answer());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->find("0.0000044"), 7U) << *told;
}

TEST_F(ingress_cascade, a_budget_without_room_for_both_refuses_before_anything_is_sent) {
  accounting::rules rules;
  rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 10'500, true});
  adopt(catalog(std::move(rules)));
  const auto x = ask();
  accounting::ruling no;
  no.refusal = {core::ec::budget_spent, "spent"};
  rule(no);
  EXPECT_EQ(x->status(), 402);
  EXPECT_TRUE(x->relayed.empty());
}

TEST_F(ingress_cascade, a_client_that_leaves_between_the_answers_pays_for_the_first) {
  accounting::rules rules;
  rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000, true});
  adopt(catalog(std::move(rules)));
  const auto x = ask();
  rule({});
  offer_for(1);
  x->is_gone = true;
  drop((judge(x->relayed[0], refused), x->relayed[0]));
  EXPECT_TRUE(logs_[3].tickets.empty());
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 2U);
  EXPECT_EQ(booked[0].cost_nano, 400);
  EXPECT_EQ(booked[1].request_id, x->id());
  EXPECT_EQ(booked[1].result, core::result_status::client_gone);
  EXPECT_EQ(booked[1].cost_nano, 0);
  ASSERT_EQ(accounts_.settlements.size(), 1U);
  EXPECT_EQ(accounts_.settlements[0].cost, 400);
}

TEST_F(ingress_cascade, a_client_that_leaves_while_it_waits_for_the_second_takes_its_ticket_back) {
  const auto x = escalated();
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  x->is_gone = true;
  tell(ingress_, atom::gone_v, x->id());
  EXPECT_EQ(logs_[3].withdrawals.size(), 1U);
  EXPECT_EQ(rows().size(), 2U);
}

TEST_F(ingress_cascade, the_answer_is_kept_when_nobody_else_can_be_asked) {
  const auto x = ask();
  offer_for(1);
  tell(ingress_, atom::route_v, std::int64_t{3}, actors::scheduler_actor{});
  EXPECT_EQ(judge(x->relayed[0], refused), judgement::relay);
}

TEST_F(ingress_cascade, the_answer_is_kept_when_the_other_model_was_forbidden_meanwhile) {
  const auto x = ask();
  offer_for(1);
  auto s = catalog();
  s->policies.back().threshold_privacy = core::privacy_level::local;
  adopt(s);
  EXPECT_EQ(judge(x->relayed[0], refused), judgement::relay);
}

TEST_F(ingress_cascade, a_cheap_model_that_is_not_available_is_passed_over) {
  const auto x = ask();
  for (const std::int64_t provider : {1, 2})
    refuse_for(provider, core::ec::queue_full);
  EXPECT_EQ(x->status(), 0);
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  offer_for(3);
  ASSERT_EQ(x->relayed.size(), 1U);
  EXPECT_TRUE(has(x->relayed[0].call.answer_headers, "x-logos-decision: failover; "));
  EXPECT_EQ(x->relayed[0].call.hold_back, 0U);
}

TEST_F(ingress_cascade, a_provider_that_fails_is_followed_by_the_cheap_models_other_one_then_by_the_next_model) {
  const auto x = ask();
  net::call_outcome lost;
  lost.error = core::ec::upstream_unreachable;
  offer_for(1);
  x->relayed.at(0).observer->ended(lost);
  run();
  EXPECT_EQ(logs_[2].tickets.size(), 2U);
  EXPECT_TRUE(logs_[3].tickets.empty());
  offer_for(2, 8);
  EXPECT_EQ(x->relayed.at(1).call.hold_back, execution::longest_held_back);
  x->relayed.at(1).observer->ended(lost);
  run();
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  offer_for(3, 9);
  finish(x->relayed.at(2));
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(ingress_cascade, an_answer_that_breaks_off_while_it_is_held_back_is_paid_for) {
  const auto x = ask();
  offer_for(1);
  auto cut = whole_answer();
  cut.answered = false;
  cut.complete = false;
  cut.error = core::ec::upstream_cut;
  cut.ended = core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} + std::chrono::seconds{2};
  x->relayed.at(0).observer->first_byte();
  x->relayed.at(0).observer->ended(cut);
  run();
  offer_for(2, 8);
  finish(x->relayed.at(1));
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 2U);
  EXPECT_EQ(booked[0].ids.provider_id, 1);
  EXPECT_EQ(booked[0].result, core::result_status::error);
  EXPECT_EQ(booked[0].cost_nano, 400);
  EXPECT_NE(booked[0].request_id, x->id());
  EXPECT_EQ(booked[1].request_id, x->id());
}

TEST_F(ingress_cascade, an_answer_that_falls_silent_while_it_is_held_back_is_followed_by_another) {
  const auto x = ask();
  offer_for(1);
  net::call_outcome silent;
  silent.status = 200;
  silent.error = core::ec::idle_timeout;
  silent.ended = core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} + std::chrono::seconds{2};
  x->relayed.at(0).observer->first_byte();
  x->relayed.at(0).observer->ended(silent);
  run();
  EXPECT_EQ(x->status(), 0);
  offer_for(2, 8);
  finish(x->relayed.at(1));
  EXPECT_EQ(rows().back().request_id, x->id());
}

TEST_F(ingress_cascade, the_time_in_queues_is_one_for_all_models) {
  const auto x = ask();
  const auto first = logs_[1].tickets.at(0).patience_us;
  advance(std::chrono::seconds{2});
  for (const std::int64_t provider : {1, 2})
    refuse_for(provider, core::ec::queue_timeout);
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  EXPECT_EQ(logs_[3].tickets[0].waited_us, 2'000'000) << "by which it ages";
  EXPECT_EQ(logs_[3].tickets[0].patience_us, first - 2'000'000);
  EXPECT_EQ(x->status(), 0);
}

TEST_F(ingress_cascade, a_failed_check_is_told_to_the_learner_under_the_dropped_answers_id) {
  at_->next.lessons = std::make_shared<learning::intake>();
  const auto x = escalated();
  const auto dropped = at_->next.lessons->take();
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].how, learning::fate::unfit);
  EXPECT_EQ(dropped[0].model_id, 1);
  EXPECT_EQ(dropped[0].request, rows().at(0).request_id);
  offer_for(3, 8);
  auto sent = whole_answer();
  sent.sent_whole = true;
  x->relayed.at(1).observer->ending(sent);
  x->relayed.at(1).observer->ended(sent);
  run();
  const auto answered = at_->next.lessons->take();
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_EQ(answered[0].how, learning::fate::answered);
  EXPECT_EQ(answered[0].request, x->id());
}

TEST_F(ingress_cascade, when_the_second_fails_the_request_fails_and_the_first_is_paid_for) {
  const auto x = escalated();
  offer_for(3, 8);
  net::call_outcome lost;
  lost.error = core::ec::upstream_unreachable;
  x->relayed.at(1).observer->ended(lost);
  run();
  EXPECT_EQ(x->status(), 502);
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 2U);
  EXPECT_EQ(booked[0].cost_nano, 400);
  EXPECT_EQ(booked[1].cost_nano, 0);
}

TEST_F(ingress_cascade, without_an_ingress_to_come_back_to_the_request_fails_once_and_is_booked) {
  const auto x = ask();
  offer_for(1);
  ASSERT_EQ(judge(x->relayed[0], refused), judgement::drop);
  kill(ingress_);
  at_->ingress = nullptr;
  drop(x->relayed[0]);
  EXPECT_EQ(x->status(), 503);
  EXPECT_EQ(rows().size(), 2U);
}

TEST_F(ingress_cascade, a_stream_is_judged_at_its_beginning) {
  const auto x = ask(R"({"stream":true,"max_tokens":10,"messages":[{"role":"user","content":"hi"}]})");
  offer_for(1);
  const auto& call = x->relayed.at(0);
  const std::string head = R"(data: {"choices":[{"delta":{"content":"I'm sorry, but I can't help with that. )";
  const std::string tail = "\"}}]}\n\n";
  EXPECT_EQ(judge(call, head + tail, net::content_kind::sse, false), judgement::wait);
  EXPECT_EQ(judge(call, head + std::string(300, 'x') + tail, net::content_kind::sse, false), judgement::drop);
}

TEST_F(ingress_cascade, a_client_that_waits_for_events_hears_that_the_answer_is_being_checked) {
  at_->rules.heartbeat = std::chrono::seconds{1};
  const auto x = ask(R"({"stream":true,"max_tokens":10,"messages":[{"role":"user","content":"hi"}]})");
  offer_for(1);
  const net::header_view type{"content-type", "text/event-stream; charset=utf-8"};
  x->comments.clear();
  ASSERT_TRUE(x->relayed.at(0).observer->head(200, {&type, 1}));
  advance(std::chrono::seconds{5});
  ASSERT_FALSE(x->comments.empty());
  EXPECT_EQ(x->comments.front(), "the answer is being checked");
}

TEST_F(ingress_cascade, is_only_for_requests_that_leave_the_choice_and_can_be_judged) {
  const auto named = ask(R"({"model":"gpt","messages":[]})");
  offer_for(3);
  EXPECT_EQ(named->relayed.at(0).call.hold_back, 0U);
  const auto other = ask(R"({"input":"hi"})", "/v1/embeddings");
  offer_for(3, 8);
  EXPECT_EQ(other->relayed.at(0).call.hold_back, 0U) << "the preferred model, at once";
  const auto plain = bring(tests::root_key, question);
  offer_for(3, 9);
  EXPECT_EQ(plain->relayed.at(0).call.hold_back, 0U) << "no policy wants it";
}

TEST_F(ingress_cascade, a_model_with_a_budget_of_its_own_comes_first_or_not_at_all) {
  accounting::rules rules;
  rules.budgets.push_back({1, core::scope::model, 2, core::budget_period::total, 1'000'000'000, true});
  adopt(catalog(std::move(rules)));
  const auto x = ask();
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].who[static_cast<std::size_t>(core::scope::model)], 2);
  rule({});
  offer_for(3);
  EXPECT_EQ(x->relayed.at(0).call.hold_back, 0U);
}

TEST_F(ingress_cascade, a_forbidden_model_takes_no_part) {
  auto s = catalog();
  s->policies.back().threshold_privacy = core::privacy_level::local;
  adopt(s);
  const auto x = ask();
  offer_for(1);
  EXPECT_EQ(x->relayed.at(0).call.hold_back, 0U) << "gpt is in the cloud, and there is nobody else";
  EXPECT_TRUE(logs_[3].tickets.empty());
}

} // namespace
} // namespace logos::ingress
