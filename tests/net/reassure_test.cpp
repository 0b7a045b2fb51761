// SPDX-License-Identifier: MIT
// A client that waits is told so within the stream that its answer will be.
#include "net/stream_text.hpp"
#include "net_world.hpp"

#include <gtest/gtest.h>

namespace logos::net::test {
namespace {

using namespace std::chrono_literals;

const std::string events =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n"
    "data: [DONE]\n\n";
const std::string event_stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-thing: lost\r\n"
                                 "transfer-encoding: chunked\r\n\r\n";

/// Tells the client to wait, and lets the test go on when it says so.
struct waiting_world : net_world {
  waiting_world() {
    on_request = [this](const exchange_ptr& x) {
      held = x;
      x->reassure("waiting, position 3", "x-ratelimit-limit-requests: 60\r\n");
    };
    adjust = [](upstream_call& call) { call.answer_headers = "x-logos-provider: gpu-1\r\n"; };
  }
  ~waiting_world() {
    on_io([this] { held = nullptr; });
  }
  void go_on() {
    on_io([this] { relay(held); });
  }
  exchange_ptr held;
};

TEST(reassure, the_answer_begins_with_comments_and_is_relayed_byte_for_byte_after_them) {
  waiting_world world;
  auto client = world.client();
  client.send(post("/v1/chat/completions", "{}"));
  auto got = client.read_until("position 3\n\n\r\n");
  EXPECT_EQ(status_of(got), 200);
  EXPECT_EQ(header_of(got, "content-type"), "text/event-stream");
  EXPECT_EQ(header_of(got, "x-ratelimit-limit-requests"), "60");
  EXPECT_NE(header_of(got, "x-request-id"), "");
  world.on_io([&] {
    EXPECT_TRUE(world.held->reassured());
    EXPECT_FALSE(world.held->answering());
    world.held->reassure("waiting, position 2", "x-never: sent\r\n");
  });
  got += client.read_until("position 2\n\n\r\n");
  world.go_on();
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(event_stream + chunk(events) + "0\r\n\r\n");
  got += client.read_until("\r\n0\r\n\r\n");
  EXPECT_EQ(unchunked(body_of(got)),
            ": waiting, position 3\n\n: waiting, position 2\n\n: x-logos-provider: gpu-1\n\n" + events);
  EXPECT_EQ(got.find("x-never"), got.npos);
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_TRUE(world.observer->outcome().answered);
  EXPECT_TRUE(world.observer->outcome().complete);
  // The connection goes on.
  world.on_request = [](const exchange_ptr& x) { x->reply({.body = "next"}); };
  client.send(get("/"));
  EXPECT_EQ(body_of(client.read_message()), "next");
}

TEST(reassure, a_failure_is_told_as_an_event_and_the_stream_ends) {
  waiting_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  client.read_until("position 3\n\n\r\n");
  world.on_io([&] { world.held->fail({core::ec::queue_timeout, "Too long.", "", 7}); });
  const auto rest = unchunked(client.read_until("\r\n0\r\n\r\n"));
  EXPECT_TRUE(rest.starts_with(": retry-after: 7\ndata: {\"error\":{\"message\":\"Too long.\"")) << rest;
  EXPECT_TRUE(rest.ends_with("}}\n\ndata: [DONE]\n\n")) << rest;
}

TEST(reassure, a_providers_error_is_told_as_an_event) {
  waiting_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  client.read_until("position 3\n\n\r\n");
  world.go_on();
  auto provider = world.provider.accept();
  provider.read_message();
  const std::string body = "{\"error\":\n {\"message\":\"no\"}}";
  provider.send("HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(unchunked(client.read_until("\r\n0\r\n\r\n")),
            ": x-logos-provider: gpu-1\n\ndata: {\"error\":\ndata:  {\"message\":\"no\"}}\n\ndata: [DONE]\n\n");
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_EQ(world.observer->outcome().status, 400) << "the books have the provider's status";
}

TEST(reassure, a_call_that_fails_before_its_answer_can_be_made_again) {
  waiting_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  client.read_until("position 3\n\n\r\n");
  world.on_io([&] {
    auto call = world.call_for(*world.held);
    world.observer = std::make_shared<recorder>(world.log);
    world.held->relay(std::move(call), world.observer);
  });
  {
    auto provider = world.provider.accept();
    provider.read_message();
  } // it closes without an answer; a fresh connection is not tried again
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_FALSE(world.observer->outcome().answered);
  world.go_on();
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(event_stream + chunk(events) + "0\r\n\r\n");
  EXPECT_TRUE(unchunked(client.read_until("\r\n0\r\n\r\n")).ends_with(events));
}

TEST(reassure, a_client_that_leaves_is_noticed) {
  waiting_world world;
  {
    auto client = world.client();
    client.send(post("/", "{}"));
    client.read_until("position 3\n\n\r\n");
  }
  EXPECT_TRUE(world.log.hears("gone"));
}

TEST(reassure, an_old_client_gets_the_stream_without_chunks_until_the_connection_ends) {
  waiting_world world;
  auto client = world.client();
  client.send("POST / HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}");
  auto got = client.read_until("position 3\n\n");
  EXPECT_EQ(header_of(got, "transfer-encoding"), "");
  EXPECT_EQ(header_of(got, "connection"), "close");
  world.go_on();
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(event_stream + chunk(events) + "0\r\n\r\n");
  got += client.read_to_end();
  EXPECT_TRUE(got.ends_with("gpu-1\n\n" + events)) << got;
}

TEST(stream_of_answer, what_is_no_json_becomes_an_error_that_names_the_status) {
  const auto page = stream_of_answer(502, "text/html", "<h1>Bad\r\ngateway</h1>");
  EXPECT_TRUE(page.starts_with("data: {\"error\":{\"message\":\"The provider answered with status 502: <h1>Bad"))
      << page;
  EXPECT_EQ(page.find('\n'), page.find("\n\ndata: [DONE]\n\n")) << "one line of data";
  EXPECT_EQ(stream_of_answer(200, "application/json", "{\"id\":1}\n"), "data: {\"id\":1}\n\ndata: [DONE]\n\n");
  EXPECT_NE(stream_of_answer(404, "application/json", "{\"detail\":1}").find("\"error\""), std::string::npos);
  EXPECT_NE(stream_of_answer(204, "", "").find("no event stream"), std::string::npos);
}

TEST(append_comment, a_line_break_cannot_end_a_comment) {
  std::string out;
  append_comment(out, "a\r\ndata: x\n");
  EXPECT_EQ(out, ": a  data: x \n");
}

} // namespace
} // namespace logos::net::test
