// SPDX-License-Identifier: MIT
#include "net_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace logos::net::test {
namespace {

const std::string event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";

TEST(stream_end, comes_after_word_of_the_first_token_and_then_seldom) {
  net_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  const auto begun = std::chrono::steady_clock::now();
  {
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
    for (int i = 0; i < 200; ++i) {
      provider.send(event);
      client.read_until("\n\n\r\n"); // it has this one
    }
    provider.send("data: [DONE]\n\n");
  }
  client.read_until("0\r\n\r\n");
  ASSERT_TRUE(world.log.hears("ended"));
  const auto took = std::chrono::steady_clock::now() - begun;
  const auto& came = world.observer->came;
  ASSERT_FALSE(came.empty());
  EXPECT_EQ(came.front(), 1U) << "before the client had it";
  EXPECT_LE(came.size(), 1U + static_cast<std::size_t>(took / std::chrono::milliseconds{100}));
  for (std::size_t i = 1; i < came.size(); ++i)
    EXPECT_GE(came[i], std::min(2 * came[i - 1], came[i - 1] + 64));
}

TEST(stream_end, of_an_answer_in_one_read_needs_no_word_before) {
  net_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  {
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
  }
  client.read_until("{}");
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_TRUE(world.observer->came.empty());
}

TEST(stream_end, of_a_refusal_comes_after_word_of_it) {
  net_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(
      "HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: 21\r\n\r\n{\"error\"");
  client.read_until("{\"error\"");
  provider.send(":{\"a\":\"bcd\"}}");
  client.read_until("}}");
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_EQ(world.observer->came, std::vector<std::uint32_t>{0}) << "what it costs is known: nothing";
}

TEST(stream_end, of_a_stream_that_only_its_connection_delimits_is_told_from_a_cut) {
  const std::string open_event = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n";
  const std::string last_event = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
  for (const bool withhold : {false, true}) {
    for (const auto& [stream, whole] : std::vector<std::pair<std::string, bool>>{
             {event + "data: {\"cho", false},
             {event + event.substr(0, event.size() - 1), false},
             {event + "event: delta\n", false},
             {open_event, false}, // the chunk promises a finish reason
             {open_event + last_event + "data: {\"cho", false},
             {event, true}, // from a provider that neither promises one nor says [DONE]
             {event + ": a comment\n", true},
             {open_event + last_event, true},
             {open_event + "data: [DONE]", true},
             {"", true},
         }) {
      net_world world;
      world.adjust = [&](upstream_call& call) { call.withhold_usage_chunk = withhold; };
      auto client = world.client();
      client.send(post("/", "{}"));
      {
        auto provider = world.provider.accept();
        provider.read_message();
        provider.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + stream);
      }
      client.read_until("\r\n\r\n");
      const auto text = unchunked(client.read_until("0\r\n\r\n"));
      ASSERT_TRUE(world.log.hears("ended"));
      const auto& outcome = world.observer->outcome();
      EXPECT_EQ(outcome.error, whole ? core::ec::none : core::ec::upstream_cut) << stream;
      EXPECT_EQ(text.find("data: {\"error\":{") == text.npos, whole) << text;
      EXPECT_TRUE(!whole || text == stream) << text;
    }
  }
}

TEST(stream_end, before_the_finish_that_was_promised_is_a_cut_however_orderly) {
  const std::string promise = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n";
  const std::string started = "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3}}}\n\n";
  const std::string created = "data: {\"type\":\"response.created\",\"response\":{}}\n\n";
  const std::string error = "data: {\"error\":{\"message\":\"busy\"}}\n\n";
  for (const bool withhold : {false, true})
    for (const auto& [stream, cut] : std::vector<std::pair<std::string, bool>>{
             {promise, true},
             {started, true},
             {created, true},
             {promise + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", false},
             {promise + "data: [DONE]\n\n", false},
             {started + "data: {\"type\":\"message_stop\"}\n\n", false},
             {created + "data: {\"type\":\"response.incomplete\"}\n\n", false},
             {promise + error, false}, // it has said what went wrong
             {event, false},           // nothing was promised
         }) {
      net_world world;
      world.adjust = [&](upstream_call& call) { call.withhold_usage_chunk = withhold; };
      auto client = world.client();
      client.send(post("/", "{}"));
      auto provider = world.provider.accept();
      provider.read_message();
      provider.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
                    chunk(stream) + "0\r\n\r\n");
      client.read_until("\r\n\r\n");
      const auto text = unchunked(client.read_until("0\r\n\r\n"));
      ASSERT_TRUE(world.log.hears("ended"));
      const auto& outcome = world.observer->outcome();
      EXPECT_EQ(outcome.error, cut ? core::ec::upstream_cut : core::ec::none) << stream;
      EXPECT_EQ(outcome.complete, !cut && !outcome.failed) << stream;
      EXPECT_TRUE(text.starts_with(stream)) << text;
      EXPECT_EQ(text.size() > stream.size(), cut) << "the client is told: " << text;
    }
}

TEST(stream_end, comes_with_the_limit_for_the_whole_answer_while_events_keep_coming) {
  net_world world;
  world.limits.total = std::chrono::milliseconds{200};
  auto client = world.client();
  client.send(post("/", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
  // So few that the client's buffers take them all: nothing pauses the provider.
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!provider.readable_within(std::chrono::milliseconds{5}) && std::chrono::steady_clock::now() < until)
    provider.send(event);
  ASSERT_TRUE(provider.readable_within(std::chrono::milliseconds{0})) << "it is not cut";
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_EQ(world.observer->outcome().error, core::ec::total_timeout);
}

} // namespace
} // namespace logos::net::test
