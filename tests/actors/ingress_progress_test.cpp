// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

#include <gtest/gtest.h>

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;
using actors::stage;

const std::string gemma_streamed = R"({"model":"gemma","stream":true})";

class ingress_progress : public ingress_test {
protected:
  actors::progress progress_of(const boost::intrusive_ptr<fake_exchange>& x) {
    return ask<actors::progress>(ingress_, atom::explain_v, x->id());
  }
  static stage stage_of(const actors::progress& p) { return static_cast<stage>(p.stage); }
  static actors::outlook third() {
    actors::outlook o;
    o.state = static_cast<std::uint8_t>(actors::ticket_state::waiting);
    o.ahead = 2;
    o.starts_in_us = 7'500'000;
    o.blocked_by = "all 1 places are in use";
    return o;
  }
  void beat_every(std::chrono::milliseconds interval) {
    at_->rules.heartbeat = interval;
    advance(1s); // the tick that was set before
  }
};

TEST_F(ingress_progress, knows_what_waits_with_its_tickets_and_what_runs) {
  const auto x = bring(tests::root_key, to_gemma);
  auto p = progress_of(x);
  EXPECT_EQ(stage_of(p), stage::waiting);
  EXPECT_EQ(p.model, "gemma");
  EXPECT_EQ(p.tickets.size(), p.candidates.size());
  ASSERT_FALSE(p.tickets.empty());
  EXPECT_EQ(p.tickets[0].provider_id, 1);
  EXPECT_GT(p.tickets[0].patience_us, 0);

  offer_for(1);
  ASSERT_EQ(x->relayed.size(), 1U);
  p = progress_of(x);
  EXPECT_EQ(stage_of(p), stage::running);
  EXPECT_EQ(p.deployment_id, logs_[1].tickets[0].deployment_id);
  EXPECT_EQ(p.queued_us, 12'000);
  EXPECT_EQ(p.attempts, 1);
  EXPECT_FALSE(p.answering);
  x->relayed[0].observer->first_byte();
  EXPECT_TRUE(progress_of(x).answering);

  x->relayed[0].observer->ended(whole_answer());
  x->relayed.clear();
  run();
  EXPECT_EQ(stage_of(progress_of(x)), stage::none);
}

TEST_F(ingress_progress, says_why_the_one_before_did_not_serve) {
  const auto x = bring(tests::root_key, to_gemma);
  ASSERT_GT(logs_[1].tickets.size(), 0U);
  const auto t = logs_[1].tickets[0];
  tell(ingress_, refusal_of(t, core::ec::queue_full, "full"));
  const auto p = progress_of(x);
  EXPECT_EQ(p.failed, std::vector<std::int64_t>{t.deployment_id});
  EXPECT_EQ(p.refusal, "full");
  EXPECT_EQ(p.refusal_code, static_cast<std::uint8_t>(core::ec::queue_full));
}

TEST_F(ingress_progress, a_client_that_waits_for_a_stream_is_told_where_it_stands_at_the_interval) {
  beat_every(2s);
  for (auto& [id, log] : logs_)
    log.outlooks = {third()};
  const auto x = bring(tests::root_key, gemma_streamed);
  const auto plain = bring(tests::root_key, to_gemma);
  const auto other_format =
      bring(tests::root_key, gemma_streamed, "/v1/chat/completions", {{"accept", "application/x-ndjson"}});
  const auto begun = x->received_steady();
  const auto passed = [&] { return clock().steady() - begun; };
  while (passed() < 1900ms)
    advance(100ms);
  EXPECT_TRUE(x->comments.empty()) << "before the interval has passed";
  while (passed() < 2600ms)
    advance(100ms);
  ASSERT_EQ(x->comments.size(), 1U);
  EXPECT_EQ(x->comments[0], "waiting, position 3, expected in 8 s: all 1 places are in use");
  while (passed() < 4600ms)
    advance(100ms);
  EXPECT_EQ(x->comments.size(), 2U);
  EXPECT_TRUE(plain->comments.empty()) << "it does not wait for a stream";
  EXPECT_TRUE(other_format->comments.empty()) << "it asked for another format";
}

TEST_F(ingress_progress, a_client_is_told_of_the_queue_it_waits_in_and_not_of_the_one_where_it_is_put_aside) {
  const auto shown = std::make_shared<scheduling::outlooks>();
  at_->outlooks = shown;
  for (const std::int64_t deployment : {1, 2}) {
    auto& o = *shown->of(deployment);
    o.open = true;
    o.places = 4;
    o.first_token_us = deployment == 1 ? 9'000'000 : 400'000;
  }
  logs_[2].outlooks = {third()};
  beat_every(1s);
  const auto x = bring(tests::root_key, gemma_streamed);
  ASSERT_GT(logs_[1].tickets.back().defer_us, 0);
  for (int i = 0; i < 15; ++i)
    advance(100ms);
  ASSERT_FALSE(x->comments.empty());
  EXPECT_EQ(x->comments[0], "waiting, position 3, expected in 8 s: all 1 places are in use");
}

TEST_F(ingress_progress, whose_stream_has_begun_is_told_on_until_the_answer_begins) {
  beat_every(1s);
  const auto x = bring(tests::root_key, gemma_streamed);
  const auto quick = bring(tests::root_key, gemma_streamed);
  answer(logs_[1].tickets.at(1), 1, 8); // `quick` runs at once
  for (int i = 0; i < 15; ++i)
    advance(100ms);
  ASSERT_FALSE(x->comments.empty());
  EXPECT_EQ(x->comments[0], "waiting") << "a SCHEDULER that says nothing is not waited for";
  const auto while_waiting = x->comments.size();
  answer(logs_[1].tickets.at(0), 1, 7);
  for (int i = 0; i < 15; ++i)
    advance(100ms);
  ASSERT_GT(x->comments.size(), while_waiting);
  EXPECT_EQ(x->comments.back(), "waiting for the provider's answer");
  EXPECT_TRUE(quick->comments.empty()) << "only what waits in the queue begins with comments";
}

TEST_F(ingress_progress, nobody_is_told_anything_unless_the_operator_wants_it) {
  const auto x = bring(tests::root_key, gemma_streamed);
  for (int i = 0; i < 60; ++i)
    advance(1s);
  EXPECT_TRUE(x->comments.empty());
}

TEST_F(ingress_progress, the_decision_names_model_provider_and_what_stood_before_it) {
  const auto x = bring(tests::root_key, to_gemma);
  auto o = offer_of(logs_[1].tickets.back());
  o.depth_at_arrival = 4;
  o.depth_at_schedule = 2;
  o.priority = 9;
  o.vram_left_mb = 512;
  o.cold = true;
  o.load_us = 2'310'000;
  tell(logs_[1].requester, o);
  ASSERT_EQ(x->relayed.size(), 1U);
  const auto& headers = x->relayed[0].call.answer_headers;
  EXPECT_NE(headers.find("queued-behind=4; cold; load-ms=2310; model=\"gemma\"; provider=\""), std::string::npos)
      << headers;
  x->relayed[0].observer->ended(whole_answer());
  const auto rows_now = rows();
  ASSERT_EQ(rows_now.size(), 1U);
  EXPECT_EQ(rows_now[0].queue_depth_at_arrival, 4);
  EXPECT_EQ(rows_now[0].queue_depth_at_schedule, 2);
  EXPECT_EQ(rows_now[0].priority_when_scheduled, 9);
  EXPECT_EQ(rows_now[0].available_vram_mb, 512);
  EXPECT_EQ(rows_now[0].azure_rate_remaining_requests, -1);
}

} // namespace
} // namespace logos::ingress
