// SPDX-License-Identifier: MIT
#include "core/uuid.hpp"
#include "net/body_gate.hpp"
#include "net_world.hpp"

#include <gtest/gtest.h>

namespace logos::net::test {
namespace {

using namespace std::chrono_literals;

void echo(const exchange_ptr& x) {
  x->reply({.body = std::string{x->request().method} + " " + std::string{x->request().body}});
}

TEST(session, takes_large_bodies_whole_and_pads_them) {
  std::string seen;
  net_world world{[&](const exchange_ptr& x) {
    seen = x->request().body;
    for (int i = 0; i < 64; ++i)
      if (x->request().body.data()[x->request().body.size() + static_cast<std::size_t>(i)] != 0) seen.clear();
    x->reply({});
  }};
  for (const std::size_t size : {1UL, 65'535UL, 65'536UL, 65'537UL, 3'000'000UL}) {
    std::string body(size, ' ');
    for (std::size_t i = 0; i < size; ++i)
      body[i] = static_cast<char>('a' + i % 23);
    auto client = world.client();
    client.send(post("/", body));
    ASSERT_EQ(status_of(client.read_message()), 200);
    EXPECT_EQ(seen, body);
    char line[32];
    std::snprintf(line, sizeof line, "%zx\r\n", size);
    client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n" + (line + body) + "\r\n0\r\n\r\n");
    ASSERT_EQ(status_of(client.read_message()), 200);
    EXPECT_EQ(seen, body);
  }
}

/// Sends `bytes` again and again until something comes back. False when patience ends first.
bool send_until_answered(raw_peer& client, const std::string& bytes) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!client.readable_within(5ms) && std::chrono::steady_clock::now() < until)
    client.send(bytes);
  return client.readable_within(0ms);
}

TEST(session, does_not_wait_longer_for_a_body_because_trailers_come) {
  http_settings http;
  http.body_time = 200ms;
  net_world world{echo, http};
  auto client = world.client();
  client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n");
  ASSERT_TRUE(send_until_answered(client, "x"));
  EXPECT_EQ(status_of(client.read_message()), 408);
}

TEST(session, bounds_the_time_for_a_whole_body) {
  http_settings http;
  http.body_total = 200ms;
  http.body_time = 1h;
  net_world world{echo, http};
  for (const std::string framing : {"content-length: 1000000", "transfer-encoding: chunked"}) {
    auto client = world.client();
    client.send("POST / HTTP/1.1\r\nhost: a\r\n" + framing + "\r\n\r\n");
    ASSERT_TRUE(send_until_answered(client, "1\r\na\r\n"));
    EXPECT_EQ(status_of(client.read_message()), 408) << framing;
  }
}

TEST(session, refuses_by_its_head_a_request_whose_body_nobody_wants) {
  http_settings http;
  http.cors = {"*"};
  net_world world{echo, http};
  world.refuse_head = [](const request_view& head) -> std::optional<core::failure> {
    if (head.find("authorization") == "good") return std::nullopt;
    return core::failure{core::ec::wrong_key, std::string{head.method} + " " + std::string{head.path}};
  };
  for (const std::string framing :
       {"content-length: 30000000\r\n", "content-length: 30000000\r\nexpect: 100-continue\r\n",
        "transfer-encoding: chunked\r\n", "content-length: 9\r\n\r\nabc"}) {
    auto client = world.client();
    client.send("POST /secret HTTP/1.1\r\nhost: a\r\norigin: https://b\r\n" + framing + "\r\n");
    const auto answer = client.read_message();
    EXPECT_EQ(status_of(answer), 401) << framing;
    EXPECT_EQ(header_of(answer, "connection"), "close");
    EXPECT_NE(header_of(answer, "access-control-allow-origin"), "");
    EXPECT_TRUE(core::uuid::parse(header_of(answer, "x-request-id")));
    EXPECT_NE(body_of(answer).find("POST /secret"), std::string::npos);
    EXPECT_TRUE(client.sees_end());
  }
  EXPECT_FALSE(world.log.heard("request"));
  EXPECT_FALSE(world.log.heard("gone"));
  auto client = world.client();
  client.send(get("/no-body"));
  EXPECT_EQ(status_of(client.read_message()), 200);
  client.send(post("/", "abc", "authorization: good\r\n"));
  EXPECT_EQ(body_of(client.read_message()), "POST abc");
}

TEST(session, refuses_by_its_head_a_client_that_goes_on_sending_its_body) {
  net_world world{echo};
  world.refuse_head = [](const request_view&) { return core::failure{core::ec::missing_key, "no"}; };
  auto client = world.client();
  client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 20000000\r\n\r\n" + std::string(8'000'000, 'x'));
  EXPECT_EQ(status_of(client.read_message()), 401);
  EXPECT_TRUE(client.sees_end());
}

class narrow_gate final : public body_gate {
public:
  narrow_gate(std::size_t most, std::chrono::milliseconds total) : most_{most}, total_{total} {}
  std::chrono::milliseconds total() const override { return total_; }
  core::failure admit(std::size_t bytes) override {
    if (bytes <= most_) return {};
    return {core::ec::queue_full, "too much: " + std::to_string(bytes)};
  }
  core::failure late() const override { return {core::ec::request_timeout, "too late for this gate"}; }

private:
  std::size_t most_;
  std::chrono::milliseconds total_;
};

TEST(session, asks_the_gate_of_a_body_for_what_has_come_of_it) {
  net_world world{echo};
  world.let_in = [](exchange& x) { x.attached = std::make_unique<narrow_gate>(10, 1h); };
  for (const std::string framing : {"content-length: 1000000", "transfer-encoding: chunked"}) {
    auto client = world.client();
    client.send("POST / HTTP/1.1\r\nhost: a\r\n" + framing + "\r\n\r\n");
    EXPECT_FALSE(client.readable_within(0ms)) << "what is announced is not there yet";
    client.send("6\r\nabcdef\r\n6\r\nghijkl\r\n");
    const auto answer = client.read_message();
    EXPECT_EQ(status_of(answer), 429) << framing;
    EXPECT_NE(body_of(answer).find("too much"), std::string::npos) << answer;
    EXPECT_EQ(header_of(answer, "connection"), "close");
    EXPECT_TRUE(client.sees_end());
  }
  EXPECT_FALSE(world.log.heard("request"));
  auto client = world.client();
  client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\nexpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(client.read_until("\r\n\r\n")), 100);
  client.send("0123456789");
  EXPECT_EQ(body_of(client.read_message()), "POST 0123456789") << "what the gate lets in comes whole";
  client.send(post("/", "longer than the gate is wide"));
  EXPECT_EQ(status_of(client.read_message()), 200) << "the gate was that of another request";
}

TEST(session, bounds_the_time_for_a_body_as_its_gate_says) {
  http_settings http;
  http.body_time = http.body_total = 1h;
  net_world world{echo, http};
  world.let_in = [](exchange& x) { x.attached = std::make_unique<narrow_gate>(std::size_t{1} << 30, 200ms); };
  auto client = world.client();
  client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n");
  ASSERT_TRUE(send_until_answered(client, "x"));
  const auto answer = client.read_message();
  EXPECT_EQ(status_of(answer), 408);
  EXPECT_NE(body_of(answer).find("too late for this gate"), std::string::npos) << answer;
}

} // namespace
} // namespace logos::net::test
