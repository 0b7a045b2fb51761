// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;

TEST_F(ingress_test, no_byte_goes_upstream_before_the_permit) {
  const auto x = bring(tests::root_key, greet_gpt);
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  EXPECT_TRUE(logs_[3].tickets[0].sole);
  EXPECT_TRUE(x->relayed.empty());
  offer_for(3);
  ASSERT_EQ(x->relayed.size(), 1U);
}

TEST_F(ingress_test, a_permit_ends_once_when_the_call_ends) {
  const auto x = bring(tests::root_key, greet_gpt);
  offer_for(3);
  const auto outcome = whole_answer();
  x->relayed[0].observer->ending(outcome);
  x->relayed[0].observer->ended(outcome);
  x->relayed.clear();
  run();
  ASSERT_EQ(logs_[3].releases.size(), 1U);
  EXPECT_EQ(logs_[3].releases[0].permit, 7U);
  EXPECT_EQ(logs_[3].releases[0].epoch, 5U);
  const auto written = rows();
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].usage.total_tokens, 7);
  EXPECT_EQ(written[0].usage_source, core::usage_source::provider);
  EXPECT_EQ(written[0].queue_wait_us, 12'000);
  EXPECT_TRUE(at_->running.empty());
  EXPECT_EQ(traffic_.in_flight.load(), 0);
}

TEST_F(ingress_test, a_permit_ends_even_when_its_call_is_dropped_without_a_word) {
  const auto x = bring(tests::root_key, greet_gpt);
  offer_for(3);
  x->relayed.clear();
  run();
  ASSERT_EQ(logs_[3].releases.size(), 1U);
  EXPECT_EQ(logs_[3].releases[0].code, static_cast<std::uint8_t>(core::ec::internal));
}

TEST_F(ingress_test, a_permit_outlives_its_executor_and_still_ends_once) {
  const auto x = bring(tests::root_key, greet_gpt);
  offer_for(3);
  kill(at_->executor);
  x->relayed[0].observer->ended(whole_answer());
  x->relayed.clear();
  run();
  EXPECT_EQ(logs_[3].releases.size(), 1U);
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(ingress_test, a_client_that_leaves_the_queue_withdraws_its_ticket_and_is_on_the_books) {
  const auto x = bring(tests::root_key, greet_gpt);
  x->is_gone = true;
  tell(ingress_, atom::gone_v, x->id());
  ASSERT_EQ(logs_[3].withdrawals.size(), 1U);
  EXPECT_EQ(logs_[3].withdrawals[0].request, x->id());
  const auto written = rows();
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].http_status, 499);
  EXPECT_EQ(traffic_.queued.load(), 0);
}

TEST_F(ingress_test, the_row_of_a_client_that_left_the_queue_says_how_many_waited_when_it_came) {
  logs_[1].depth_at_arrival = 4;
  logs_[2].depth_at_arrival = 9;
  const auto x = bring(tests::root_key, R"({"model":"gemma","messages":[]})");
  x->is_gone = true;
  tell(ingress_, atom::gone_v, x->id());
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0].queue_depth_at_arrival, 9) << "where most waited, as of one that is refused";
  EXPECT_EQ(rows()[0].error, core::ec::client_gone);
}

TEST_F(ingress_test, a_client_that_left_the_queue_is_booked_though_no_scheduler_says_anything_of_it) {
  logs_[3].silent = true;
  const auto x = bring(tests::root_key, greet_gpt);
  x->is_gone = true;
  tell(ingress_, atom::gone_v, x->id());
  tell(ingress_, atom::gone_v, x->id());
  EXPECT_EQ(logs_[3].withdrawals.size(), 1U);
  advance(2s);
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0].http_status, 499);
  EXPECT_EQ(rows()[0].queue_depth_at_arrival, -1);
  EXPECT_EQ(traffic_.queued.load(), 0);
}

TEST_F(ingress_test, an_offer_that_crosses_the_withdrawal_of_a_client_that_left_tells_it_too_and_is_given_back) {
  logs_[3].silent = true;
  const auto x = bring(tests::root_key, greet_gpt);
  x->is_gone = true;
  tell(ingress_, atom::gone_v, x->id());
  offer_for(3);
  EXPECT_EQ(logs_[3].releases.size(), 1U);
  EXPECT_TRUE(x->relayed.empty());
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0].http_status, 499);
  EXPECT_EQ(rows()[0].queue_depth_at_arrival, 0);
}

TEST_F(ingress_test, a_request_that_a_stop_cuts_off_is_booked_as_that) {
  const auto x = bring(tests::root_key, greet_gpt);
  tell(ingress_, atom::gone_v, x->id()); // the server has answered it; the client is still there
  EXPECT_EQ(logs_[3].withdrawals.size(), 1U);
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0].error, core::ec::shutting_down);
}

TEST_F(ingress_test, an_offer_that_crosses_a_withdrawal_is_given_back) {
  const auto x = bring(tests::root_key, greet_gpt);
  x->is_gone = true;
  tell(ingress_, atom::gone_v, x->id());
  offer_for(3);
  ASSERT_EQ(logs_[3].releases.size(), 1U);
  EXPECT_TRUE(x->relayed.empty());
}

TEST_F(ingress_test, a_refusal_is_told_with_its_status_and_retry_after) {
  const auto x = bring(tests::root_key, greet_gpt);
  auto r = refusal_of(logs_[3].tickets.back(), core::ec::queue_full, "The queue is full.");
  r.retry_after_s = 9;
  tell(logs_[3].requester, r);
  EXPECT_EQ(x->status(), 429);
  EXPECT_NE(x->answer()->headers.find("retry-after: 9"), std::string::npos);
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(ingress_test, of_several_offers_one_is_accepted_and_the_others_withdrawn) {
  const auto x = bring(tests::root_key, greet_gemma);
  ASSERT_EQ(logs_[1].tickets.size(), 1U);
  ASSERT_EQ(logs_[2].tickets.size(), 1U);
  EXPECT_FALSE(logs_[1].tickets[0].sole);
  offer_for(2, 21);
  EXPECT_EQ(logs_[2].acceptances.size(), 1U);
  ASSERT_EQ(logs_[1].withdrawals.size(), 1U);
  offer_for(1, 11); // was under way
  EXPECT_TRUE(logs_[1].acceptances.empty());
  EXPECT_EQ(x->relayed.size(), 1U);
}

TEST_F(ingress_test, a_call_that_failed_unanswered_is_tried_at_the_other_provider) {
  const auto x = bring(tests::root_key, greet_gemma);
  offer_for(1);
  net::call_outcome refused;
  refused.error = core::ec::upstream_unreachable;
  refused.message = "connection refused";
  const auto first = x->relayed[0].observer;
  first->ended(refused);
  run();
  EXPECT_EQ(logs_[1].releases.size(), 1U);
  ASSERT_EQ(logs_[2].tickets.size(), 2U);
  EXPECT_TRUE(logs_[2].tickets.back().sole);
  EXPECT_EQ(x->status(), 0);
  offer_for(2);
  ASSERT_EQ(x->relayed.size(), 2U);
  x->relayed[1].observer->ended(whole_answer());
  run();
  EXPECT_EQ(rows().size(), 1U); // one row a request, however many attempts
}

TEST_F(ingress_test, a_late_offer_for_a_withdrawn_ticket_is_not_taken_for_the_present_one) {
  const auto x = bring(tests::root_key, greet_gemma);
  const auto withdrawn = logs_[2].tickets.at(0);
  offer_for(1);
  net::call_outcome refused;
  refused.error = core::ec::upstream_unreachable;
  const auto first = x->relayed[0].observer;
  first->ended(refused);
  run();
  answer(withdrawn, 2, 21); // was under way when it was withdrawn
  EXPECT_EQ(x->relayed.size(), 1U);
  ASSERT_EQ(logs_[2].releases.size(), 1U);
  EXPECT_EQ(logs_[2].releases[0].permit, 21U);
  offer_for(2, 22);
  EXPECT_EQ(x->relayed.size(), 2U);
  EXPECT_EQ(logs_[2].releases.size(), 1U);
}

TEST_F(ingress_test, a_permit_ends_though_the_executor_died_before_it_was_carried_out) {
  bring(tests::root_key, greet_gpt);
  kill(at_->executor);
  offer_for(3);
  brought_.clear(); // the client's session looks for requests that nobody has any more
  run();
  EXPECT_EQ(logs_[3].releases.size(), 1U);
}

TEST_F(ingress_test, a_request_that_every_actor_has_forgotten_is_refused) {
  kill(at_->next.classifier);
  const auto undecided = bring(tests::root_key, R"({"messages":[{"role":"user","content":"hi"}]})");
  advance(4s);
  EXPECT_EQ(undecided->status(), 0);
  advance(3s);
  EXPECT_EQ(undecided->status(), 504);
  EXPECT_EQ(traffic_.queued.load(), 0);
}

TEST_F(ingress_test, a_ticket_that_is_never_answered_ends_after_its_patience) {
  const auto x = bring(tests::root_key, greet_gpt, "/v1/chat/completions", {{"x-logos-timeout", "3"}});
  advance(7s);
  EXPECT_EQ(x->status(), 0);
  advance(3s);
  EXPECT_EQ(x->status(), 504);
  EXPECT_EQ(logs_[3].withdrawals.size(), 1U);
}

TEST_F(ingress_test, when_every_provider_fails_the_client_hears_why) {
  const auto x = bring(tests::root_key, greet_gpt);
  offer_for(3);
  net::call_outcome refused;
  refused.error = core::ec::upstream_unreachable;
  refused.message = "connection refused";
  const auto call = x->relayed[0].observer;
  call->ended(refused);
  run();
  EXPECT_EQ(x->status(), 502);
  EXPECT_NE(x->body().find("connection refused"), std::string::npos);
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(ingress_test, a_new_scheduler_is_told_what_runs_and_what_waits) {
  const auto running = bring(tests::root_key, greet_gpt);
  offer_for(3);
  const auto waiting = bring(tests::root_key, greet_gpt);
  scheduler_log fresh;
  route(3, fresh);
  ASSERT_EQ(fresh.inventories.size(), 1U);
  ASSERT_EQ(fresh.inventories[0].permits.size(), 1U);
  EXPECT_EQ(fresh.inventories[0].permits[0].request, running->id());
  ASSERT_EQ(fresh.tickets.size(), 1U);
  EXPECT_EQ(fresh.tickets[0].request, waiting->id());
  running->relayed.clear();
  run();
  EXPECT_EQ(fresh.releases.size(), 1U);
  EXPECT_TRUE(logs_[3].releases.empty());
  fresh.requester = nullptr;
}

TEST_F(ingress_test, whoever_waits_for_a_provider_that_is_removed_hears_it) {
  const auto x = bring(tests::root_key, greet_gpt);
  const auto elsewhere = bring(tests::root_key, greet_gemma);
  tell(ingress_, atom::route_v, std::int64_t{3}, actors::scheduler_actor{});
  EXPECT_EQ(x->status(), 503);
  tell(ingress_, atom::route_v, std::int64_t{1}, actors::scheduler_actor{});
  EXPECT_EQ(elsewhere->status(), 0); // the other provider still may
  EXPECT_EQ(traffic_.queued.load(), 1);
}

TEST_F(ingress_test, the_upstream_body_differs_only_where_the_gateway_has_a_reason) {
  const auto x = bring(tests::root_key, R"({"model":"gemma", "stream":true,"priority":"high","x":[1,  2.50e1]})");
  offer_for(1);
  ASSERT_EQ(x->relayed.size(), 1U);
  std::string sent;
  for (const auto piece : x->relayed[0].call.body)
    sent += piece;
  EXPECT_EQ(sent, R"({"stream_options":{"include_usage":true},"model":"gemma3:27b", "stream":true,"x":[1,  2.50e1]})");
  EXPECT_TRUE(x->relayed[0].call.withhold_usage_chunk);
  EXPECT_EQ(logs_[1].tickets[0].priority, core::priority_high);
  EXPECT_NE(x->relayed[0].call.head.find("Authorization: Bearer provider-key-1\r\n"), std::string::npos);
  EXPECT_EQ(x->relayed[0].call.head.find(tests::root_key), std::string::npos);
}

TEST_F(ingress_test, usage_reaches_the_ledger) {
  const auto x = bring(tests::root_key, greet_gpt);
  offer_for(3);
  x->relayed[0].observer->ended(whole_answer());
  advance(std::chrono::seconds{1});
  ASSERT_EQ(booked_.size(), 1U);
  EXPECT_EQ(booked_[0].prompt_tokens, 3U);
  EXPECT_EQ(booked_[0].requests, 1U);
}

} // namespace
} // namespace logos::ingress
