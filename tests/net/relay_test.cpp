// SPDX-License-Identifier: MIT
#include "net_world.hpp"

#include <gtest/gtest.h>

namespace logos::net::test {
namespace {

using namespace std::chrono_literals;

const std::string usage_json = R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}})";
const std::string stream_head =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

std::string delta(const std::string& text) {
  return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"}}]}\n\n";
}
const std::string stop = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const std::string usage_event = "data: " + usage_json + "\n\n";
const std::string done = "data: [DONE]\n\n";

TEST(relay, carries_the_request_there_and_the_answer_back) {
  net_world world;
  auto client = world.client();
  client.send(post("/v1/chat/completions", R"({"model":"m"})"));
  auto provider = world.provider.accept();
  EXPECT_EQ(provider.read_message(),
            "POST /v1/chat/completions HTTP/1.1\r\nhost: provider\r\ncontent-length: 13\r\n\r\n"
            R"({"model":"m"})");
  provider.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-thing: kept\r\nx-request-id: theirs\r\n"
                "connection: keep-alive, x-hop\r\nx-hop: dropped\r\ncontent-length: " +
                std::to_string(usage_json.size()) + "\r\n\r\n" + usage_json);
  const auto answer = client.read_message();
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), usage_json);
  EXPECT_EQ(header_of(answer, "x-thing"), "kept");
  EXPECT_EQ(header_of(answer, "x-upstream-request-id"), "theirs");
  EXPECT_EQ(header_of(answer, "x-hop"), "");
  EXPECT_EQ(header_of(answer, "content-length"), std::to_string(usage_json.size()));
  EXPECT_NE(header_of(answer, "date"), "");
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_EQ(world.log.words(), (std::vector<std::string>{"request", "head 200", "first byte", "ending", "ended"}));
  const auto& outcome = world.observer->outcome();
  EXPECT_EQ(outcome.error, core::ec::none);
  EXPECT_TRUE(outcome.answered);
  EXPECT_TRUE(outcome.complete);
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.tokens.total_tokens, 12);
  EXPECT_EQ(outcome.response_bytes, usage_json.size());
  EXPECT_FALSE(outcome.reused);
  EXPECT_LE(outcome.sent, outcome.first_byte);
  EXPECT_LE(outcome.first_byte, outcome.ended);
}

TEST(relay, tells_the_end_before_the_client_can_see_it) {
  net_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(stream_head + chunk(delta("a")));
  client.read_until("\"a\"");
  EXPECT_FALSE(world.log.heard("ending"));
  provider.send(chunk(stop) + chunk(usage_event) + chunk(done));
  client.read_until("[DONE]");
  EXPECT_TRUE(world.log.heard("ending")); // though the stream's last chunk is still to come
  EXPECT_EQ(world.observer->at_ending->tokens.total_tokens, 12);
  EXPECT_FALSE(world.log.heard("ended"));
  provider.send("0\r\n\r\n");
  client.read_until("0\r\n\r\n");
  EXPECT_TRUE(world.log.hears("ended"));
  EXPECT_TRUE(world.observer->outcome().complete);
}

TEST(relay, reuses_the_providers_connection) {
  net_world world;
  auto client = world.client();
  client.send(get("/1"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(ok("1"));
  EXPECT_EQ(body_of(client.read_message()), "1");
  ASSERT_TRUE(world.log.hears("ended"));
  client.send(get("/2"));
  EXPECT_TRUE(provider.read_message().starts_with("GET /2 "));
  provider.send(ok("2"));
  EXPECT_EQ(body_of(client.read_message()), "2");
  ASSERT_TRUE(world.log.hears("ended", 2));
  EXPECT_TRUE(world.observer->outcome().reused);
  EXPECT_EQ(world.counters().upstream_opened.value(), 1U);
  EXPECT_EQ(world.counters().upstream_reused.value(), 1U);
}

TEST(relay, does_not_reuse_a_connection_that_the_provider_ends) {
  net_world world;
  auto client = world.client();
  for (const char* more : {"connection: close\r\ncontent-length: 1\r\n\r\nx", "content-length: 1\r\n\r\nxSURPLUS"}) {
    client.send(get("/"));
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send(std::string{"HTTP/1.1 200 OK\r\n"} + more);
    EXPECT_EQ(body_of(client.read_message()), "x");
    EXPECT_TRUE(provider.sees_end());
  }
}

TEST(relay, takes_an_answer_split_at_every_byte) {
  net_world world;
  auto client = world.client();
  const std::string plain = ok(usage_json);
  const std::string streamed = "HTTP/1.1 100 Continue\r\n\r\n" + stream_head + chunk(delta("a")) + chunk(stop) +
                               chunk(usage_event) + chunk(done) + "0\r\nx: trailer\r\n\r\n";
  client.send(get("/"));
  auto provider = world.provider.accept();
  std::size_t ended = 0;
  for (const auto& answer : {plain, streamed})
    for (std::size_t at = 1; at < answer.size(); ++at) {
      provider.read_message();
      provider.send(answer.substr(0, at));
      world.on_io([] {});
      provider.send(answer.substr(at));
      const auto got = client.read_message();
      ASSERT_EQ(status_of(got), 200) << at;
      const bool framed = got.find("chunked") != got.npos;
      ASSERT_EQ(framed ? unchunked(body_of(got)) : body_of(got),
                framed ? delta("a") + stop + usage_event + done : usage_json)
          << at;
      ASSERT_TRUE(world.log.hears("ended", ++ended));
      ASSERT_EQ(world.observer->outcome().tokens.total_tokens, 12) << at;
      ASSERT_TRUE(world.observer->outcome().complete) << at;
      client.send(get("/"));
    }
}

TEST(relay, sends_on_what_comes_as_it_comes) {
  net_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(stream_head);
  EXPECT_EQ(status_of(client.read_until("\r\n\r\n")), 200); // the head alone
  for (int i = 0; i < 20; ++i) {
    provider.send(chunk(delta(std::to_string(i))));
    EXPECT_EQ(client.read_until("\n\n\r\n"), chunk(delta(std::to_string(i))));
  }
  provider.send("0\r\n\r\n");
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
}

TEST(relay, withholds_the_usage_chunk_that_the_client_did_not_ask_for) {
  net_world world;
  world.adjust = [](upstream_call& call) { call.withhold_usage_chunk = true; };
  auto client = world.client();
  for (const bool with_length : {false, true}) {
    const std::string body = delta("a") + stop + usage_event + done;
    client.send(post("/", "{}"));
    auto provider = world.provider.accept();
    provider.read_message();
    if (with_length)
      provider.send(ok(body, "text/event-stream"));
    else
      provider.send(stream_head + chunk(body) + "0\r\n\r\n");
    EXPECT_EQ(unchunked(body_of(client.read_message())), delta("a") + stop + done);
    ASSERT_TRUE(world.log.hears("ended", with_length ? 2 : 1));
    EXPECT_EQ(world.observer->outcome().tokens.completion_tokens, 7);
    provider.close();
    world.on_io([] {});
    while (world.counters().upstream_open.value() != 0)
      world.on_io([] {});
  }
}

TEST(relay, adds_our_headers_and_keeps_the_text_if_asked) {
  net_world world;
  world.adjust = [](upstream_call& call) {
    call.answer_headers = "x-logos-model: m\r\n";
    call.keep_text = true;
  };
  auto client = world.client();
  client.send(post("/", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-logos-model: fake\r\ncontent-length: 2\r\n\r\n{}");
  const auto answer = client.read_message();
  EXPECT_EQ(header_of(answer, "x-logos-model"), "m");
  EXPECT_EQ(header_of(answer, "x-upstream-logos-model"), "fake");
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_EQ(world.observer->outcome().text, "{}");
}

TEST(relay, relays_the_providers_own_errors) {
  net_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send("HTTP/1.1 429 Slow Down\r\nretry-after: 9\r\ncontent-length: 4\r\n\r\nbusy");
  const auto answer = client.read_message();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 429 Slow Down\r\n"));
  EXPECT_EQ(header_of(answer, "retry-after"), "9");
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_EQ(world.observer->outcome().error, core::ec::none);
  EXPECT_EQ(world.observer->outcome().status, 429);
  EXPECT_EQ(world.observer->outcome().retry_after_s, 9U);
}

TEST(relay, takes_answers_without_a_body) {
  net_world world;
  auto client = world.client();
  client.send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");
  auto provider = world.provider.accept();
  provider.read_until("\r\n\r\n");
  provider.send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
  EXPECT_EQ(header_of(client.read_until("\r\n\r\n"), "content-length"), "1000");
  for (const char* status : {"204 No Content", "304 Not Modified", "200 OK"}) {
    client.send(get("/"));
    provider.read_message();
    provider.send("HTTP/1.1 " + std::string{status} + "\r\n" +
                  (std::string{status}.starts_with("200") ? "content-length: 0\r\n\r\n" : "\r\n"));
    EXPECT_TRUE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 " + std::string{status}));
  }
  ASSERT_TRUE(world.log.hears("ended", 4));
  EXPECT_EQ(world.counters().upstream_opened.value(), 1U);
}

TEST(relay, takes_an_answer_that_ends_with_its_connection) {
  net_world world;
  auto client = world.client();
  client.send(get("/"));
  {
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send("HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nuntil the end");
  }
  const auto answer = client.read_message();
  EXPECT_EQ(header_of(answer, "transfer-encoding"), "chunked");
  EXPECT_EQ(unchunked(body_of(answer)), "until the end");
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_TRUE(world.observer->outcome().complete);
}

TEST(relay, gives_an_old_client_a_stream_without_framing) {
  net_world world;
  auto client = world.client();
  client.send("POST / HTTP/1.0\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n{}");
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(stream_head + chunk(delta("a")) + chunk(done) + "0\r\n\r\n");
  const auto answer = client.read_to_end();
  EXPECT_EQ(header_of(answer, "transfer-encoding"), "");
  EXPECT_EQ(header_of(answer, "connection"), "close");
  EXPECT_EQ(body_of(answer), delta("a") + done);
  EXPECT_FALSE(client.ended_by_reset());
}

TEST(relay, sends_a_body_in_pieces_and_a_large_one_to_a_slow_provider) {
  net_world world;
  const std::string large(6'000'000, 'x');
  world.adjust = [&](upstream_call& call) {
    const auto body = call.body[0];
    call.body.clear();
    for (std::size_t at = 0; at < body.size(); at += 50'000)
      call.body.push_back(body.substr(at, 50'000));
  };
  auto client = world.client();
  client.send(post("/", large));
  auto provider = world.provider.accept();
  EXPECT_EQ(body_of(provider.read_message()), large);
  provider.send(ok("{}"));
  EXPECT_EQ(status_of(client.read_message()), 200);
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_GT(world.observer->outcome().request_bytes, large.size());
}

TEST(relay, takes_an_answer_that_comes_before_the_whole_request_was_taken) {
  net_world world;
  auto client = world.client();
  client.send(post("/", std::string(20'000'000, 'x')));
  auto provider = world.provider.accept();
  provider.read_until("\r\n\r\n");
  provider.send("HTTP/1.1 413 Payload Too Large\r\ncontent-length: 3\r\n\r\nbig");
  EXPECT_EQ(status_of(client.read_message()), 413);
  provider.read_to_end();
  EXPECT_FALSE(provider.timed_out());
}

TEST(relay, reads_the_provider_no_faster_than_the_client_reads) {
  net_world world;
  auto client = world.client(4096);
  client.send(get("/"));
  auto provider = world.provider.accept();
  provider.read_message();
  constexpr std::size_t size = 64'000'000;
  provider.send("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(size) + "\r\n\r\n");
  client.read_until("\r\n\r\n");
  // Nobody reads: what the provider can push is what the sockets hold and one buffer, not 64 MB.
  const std::string piece(64'000, 'x');
  std::size_t pushed = 0;
  while (pushed < size && provider.writable_within(300ms)) {
    const auto n = provider.send_some(piece);
    pushed += n;
  }
  EXPECT_LT(pushed, size / 2);
  std::size_t got = 0;
  while (got < pushed) {
    const auto some = client.read_exactly(std::min<std::size_t>(pushed - got, 1'000'000));
    ASSERT_FALSE(some.empty());
    got += some.size();
  }
  EXPECT_TRUE(provider.writable_within(patience));
}

TEST(relay, can_be_dropped_at_its_head_and_tried_elsewhere) {
  net_world world;
  int tries = 0;
  std::function<void(const exchange_ptr&)> again = [&](const exchange_ptr& x) {
    world.observer = std::make_shared<recorder>(world.log);
    world.observer->accepts = ++tries > 1;
    world.observer->then = [&, x](const call_outcome& outcome) {
      if (!outcome.answered) again(x);
    };
    x->relay(world.call_for(*x), world.observer);
  };
  world.on_request = again;
  auto client = world.client();
  client.send(get("/"));
  auto first = world.provider.accept();
  first.read_message();
  first.send("HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy");
  auto second = world.provider.accept();
  second.read_message();
  second.send(ok("here"));
  EXPECT_EQ(body_of(client.read_message()), "here");
  ASSERT_TRUE(world.log.hears("ended", 2));
  again = {};
}

} // namespace
} // namespace logos::net::test
