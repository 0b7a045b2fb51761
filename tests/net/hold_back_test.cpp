// SPDX-License-Identifier: MIT
// An answer is kept from the client until its observer has judged it.
#include "net/inner_exchange.hpp"
#include "net_world.hpp"

#include <gtest/gtest.h>

#include <future>

namespace logos::net::test {
namespace {

const std::string piece = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
const std::string last_piece =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
const std::string event_stream =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// Answers are held back, and `verdict` judges them.
class judging_world : public net_world {
public:
  judging_world() {
    adjust = [this](upstream_call& call) { call.hold_back = most; };
    on_request = [this](const exchange_ptr& x) { begin(x); };
  }
  ~judging_world() {
    on_io([this] { dropped = nullptr; });
  }
  void begin(const exchange_ptr& x) {
    relay(x);
    observer->verdict = [this](std::string_view so_far, content_kind, bool whole) {
      judged.emplace_back(so_far);
      log.say(whole ? "judged whole" : "judged");
      return verdict(so_far, whole);
    };
    observer->then = [this, x](const call_outcome& o) {
      if (o.dropped)
        dropped = x;
      else if (!o.answered)
        x->fail({o.error, o.message});
    };
  }
  std::size_t most = 1'000;
  std::function<judgement(std::string_view, bool)> verdict = [](std::string_view, bool whole) {
    return whole ? judgement::relay : judgement::wait;
  };
  std::vector<std::string> judged;
  exchange_ptr dropped;
};

TEST(hold_back, a_whole_answer_that_is_good_is_relayed_byte_for_byte) {
  judging_world world;
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  const auto answer = ok(R"({"a": 1 })");
  provider.send(answer.substr(0, answer.size() - 4));
  ASSERT_TRUE(world.log.hears("judged"));
  EXPECT_FALSE(world.log.heard("ending"));
  provider.send(answer.substr(answer.size() - 4));
  const auto got = client.read_message();
  EXPECT_EQ(body_of(got), R"({"a": 1 })");
  EXPECT_EQ(header_of(got, "content-length"), "9");
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_TRUE(world.observer->outcome().answered);
  EXPECT_FALSE(world.observer->outcome().dropped);
}

TEST(hold_back, an_answer_that_is_dropped_leaves_no_byte_with_the_client_and_the_exchange_can_go_on) {
  judging_world world;
  world.verdict = [](std::string_view, bool) { return judgement::drop; };
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(ok(R"({"usage":{"prompt_tokens":3,"completion_tokens":4}})"));
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_FALSE(world.log.heard("ending"));
  const auto outcome = world.observer->outcome();
  EXPECT_TRUE(outcome.dropped && !outcome.answered && outcome.complete);
  EXPECT_EQ(outcome.error, core::ec::none);
  EXPECT_EQ(outcome.tokens.completion_tokens, 4);
  world.verdict = [](std::string_view, bool) { return judgement::relay; };
  world.on_io([&] { world.begin(world.dropped); });
  provider.read_message(); // the connection serves again
  provider.send(ok("\"second\""));
  EXPECT_EQ(body_of(client.read_message()), "\"second\"");
}

TEST(hold_back, a_stream_is_released_when_it_is_judged_and_goes_on_as_it_comes) {
  judging_world world;
  world.verdict = [](std::string_view so_far, bool) {
    return so_far.size() >= 2 * piece.size() ? judgement::relay : judgement::wait;
  };
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(event_stream + chunk(piece));
  ASSERT_TRUE(world.log.hears("judged"));
  provider.send(chunk(piece));
  auto got = client.read_until("\r\n\r\n");
  got += client.read_until("}]}\n\n\r\n");
  provider.send(chunk(piece));
  got += client.read_until("}]}\n\n\r\n");
  provider.send(chunk(last_piece) + "0\r\n\r\n");
  got += client.read_until("\r\n0\r\n\r\n");
  EXPECT_EQ(unchunked(body_of(got)), piece + piece + piece + last_piece);
  EXPECT_EQ(world.judged.size(), 2U);
}

TEST(hold_back, a_stream_that_is_dropped_at_its_beginning_is_cut_off_at_the_provider) {
  judging_world world;
  world.verdict = [](std::string_view, bool) { return judgement::drop; };
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(event_stream + chunk(piece));
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_TRUE(provider.sees_end());
  EXPECT_TRUE(world.observer->outcome().dropped);
  EXPECT_FALSE(world.observer->outcome().complete);
  EXPECT_EQ(world.observer->outcome().events, 1U);
  world.on_io([&] { world.dropped->fail({core::ec::no_provider, "nobody"}); });
  EXPECT_EQ(status_of(client.read_message()), 503);
}

TEST(hold_back, a_stream_that_is_dropped_at_its_end_leaves_the_connection_to_the_next) {
  judging_world world;
  world.verdict = [](std::string_view, bool whole) { return whole ? judgement::drop : judgement::wait; };
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(event_stream + chunk(piece + last_piece) + "0\r\n\r\n");
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_TRUE(world.observer->outcome().complete && world.observer->outcome().dropped);
  world.adjust = {};
  world.on_io([&] { world.begin(world.dropped); });
  provider.read_message();
  provider.send(ok("{}"));
  EXPECT_EQ(body_of(client.read_message()), "{}");
}

TEST(hold_back, nobody_waits_for_a_provider_that_does_not_end_what_was_dropped) {
  judging_world world;
  world.verdict = [](std::string_view, bool whole) { return whole ? judgement::drop : judgement::wait; };
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(event_stream + chunk(piece + last_piece));
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_TRUE(world.observer->outcome().complete && world.observer->outcome().dropped);
  EXPECT_TRUE(provider.sees_end());
}

TEST(hold_back, an_answer_that_is_too_long_goes_out_unjudged) {
  judging_world world;
  world.most = 100;
  world.verdict = [](std::string_view, bool whole) { return whole ? judgement::drop : judgement::wait; };
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  const auto body = "\"" + std::string(200, 'x') + "\"";
  const auto answer = ok(body);
  provider.send(answer.substr(0, answer.size() - 150));
  ASSERT_TRUE(world.log.hears("judged"));
  provider.send(answer.substr(answer.size() - 150));
  EXPECT_EQ(body_of(client.read_message()), body);
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_FALSE(world.observer->outcome().dropped);
}

TEST(hold_back, what_is_no_success_or_no_json_is_relayed_at_once) {
  judging_world world;
  world.verdict = [](std::string_view, bool) { return judgement::drop; };
  for (const auto& answer : {std::string{"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
                                         "content-length: 2\r\n\r\n{}"},
                             ok("{}", "text/plain")}) {
    auto client = world.client();
    client.send(post("/v1/chat/completions", "{}"));
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send(answer);
    EXPECT_EQ(body_of(client.read_message()), "{}");
    provider.close();
  }
  EXPECT_TRUE(world.judged.empty());
}

TEST(hold_back, a_provider_that_fails_meanwhile_has_answered_nothing) {
  judging_world world;
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(event_stream + chunk(piece));
  ASSERT_TRUE(world.log.hears("judged"));
  provider.close();
  EXPECT_EQ(status_of(client.read_message()), 502);
  EXPECT_FALSE(world.observer->outcome().answered);
}

TEST(hold_back, a_client_that_leaves_meanwhile_ends_the_call) {
  judging_world world;
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(event_stream + chunk(piece));
  ASSERT_TRUE(world.log.hears("judged"));
  client.close();
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_EQ(world.observer->outcome().error, core::ec::client_gone);
  EXPECT_TRUE(provider.sees_end());
}

TEST(hold_back, comments_may_begin_the_stream_while_its_answer_is_held_back) {
  judging_world world;
  world.verdict = [](std::string_view, bool whole) { return whole ? judgement::relay : judgement::wait; };
  exchange_ptr held;
  world.on_request = [&](const exchange_ptr& x) {
    held = x;
    world.begin(x);
  };
  world.adjust = [](upstream_call& call) {
    call.hold_back = 1'000;
    call.answer_headers = "x-logos-provider: gpu-1\r\n";
  };
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(event_stream + chunk(piece));
  ASSERT_TRUE(world.log.hears("judged"));
  world.on_io([&] { held->reassure("checking", "x-a: b\r\n"); });
  auto got = client.read_until("checking\n\n\r\n");
  EXPECT_EQ(status_of(got), 200);
  provider.send(chunk(last_piece) + "0\r\n\r\n");
  got += client.read_until("\r\n0\r\n\r\n");
  EXPECT_EQ(unchunked(body_of(got)), ": checking\n\n: x-logos-provider: gpu-1\n\n" + piece + last_piece);
  world.on_io([&] { held = nullptr; });
}

TEST(hold_back, a_request_of_the_gateways_own_is_judged_whole) {
  judging_world world;
  world.verdict = [](std::string_view, bool) { return judgement::drop; };
  std::promise<collected_answer> answer;
  inner_exchange_ptr x;
  world.on_io([&] {
    collector to;
    to.done = [&](collected_answer a) { answer.set_value(std::move(a)); };
    x = new inner_exchange{*world.server().threads()[0],
                           {core::uuid::from_halves(1, 2), 7, "10.0.0.1", "POST /v1/x HTTP/1.1\r\n\r\n{}"},
                           std::move(to)};
    x->begin();
  });
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(ok("\"first\""));
  ASSERT_TRUE(world.log.hears("ended"));
  world.verdict = [](std::string_view, bool) { return judgement::relay; };
  world.on_io([&] { world.begin(world.dropped); });
  provider.read_message();
  provider.send(ok("\"second\""));
  auto got = answer.get_future();
  ASSERT_EQ(got.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(got.get().body, "\"second\"");
  EXPECT_EQ(world.judged, (std::vector<std::string>{"\"first\"", "\"second\""}));
  world.on_io([&] {
    x = nullptr;
    world.dropped = nullptr;
  });
}

} // namespace
} // namespace logos::net::test
