// SPDX-License-Identifier: MIT
#include "core/uuid.hpp"
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

} // namespace
} // namespace logos::net::test
