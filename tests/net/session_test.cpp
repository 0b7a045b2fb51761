// SPDX-License-Identifier: MIT
#include "core/uuid.hpp"
#include "net_world.hpp"

#include <gtest/gtest.h>

namespace logos::net::test {
namespace {

using namespace std::chrono_literals;

void echo(const exchange_ptr& x) {
  answer a;
  a.content_type = "text/plain";
  a.body =
      std::string{x->request().method} + " " + std::string{x->request().target} + " " + std::string{x->request().body};
  x->reply(std::move(a));
}

TEST(session, answers_a_request_and_keeps_the_connection) {
  net_world world{echo};
  auto client = world.client();
  for (int i = 0; i < 3; ++i) {
    client.send(post("/v1/x?q=1", "hello"));
    const auto answer = client.read_message();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(body_of(answer), "POST /v1/x?q=1 hello");
    EXPECT_EQ(header_of(answer, "connection"), "");
    EXPECT_NE(header_of(answer, "date"), "");
  }
  EXPECT_EQ(world.counters().connections_total.value(), 1U);
  EXPECT_EQ(world.counters().requests.value(), 3U);
}

TEST(session, gives_every_answer_an_id_of_its_own_whatever_the_client_says) {
  net_world world{echo};
  auto client = world.client();
  client.send(get("/", "x-request-id: mine\r\n"));
  const auto first = header_of(client.read_message(), "x-request-id");
  client.send("BAD\r\n\r\n");
  const auto second = header_of(client.read_message(), "x-request-id");
  EXPECT_TRUE(core::uuid::parse(first)) << first;
  EXPECT_TRUE(core::uuid::parse(second)) << second;
  EXPECT_NE(first, second);
}

TEST(session, shows_the_request_in_its_parts) {
  std::string copy;
  net_world world{[&](const exchange_ptr& x) {
    const auto& r = x->request();
    copy = std::string{r.method} + "|" + std::string{r.path} + "|" + std::string{r.query} + "|" +
           std::string{r.find("X-Thing")} + "|" + std::to_string(r.headers.size()) + "|" + std::to_string(r.version) +
           "|" + std::string{r.body} + "|" + std::string{x->client_address()};
    x->reply({});
  }};
  auto client = world.client();
  client.send(post("/a/b?c=d&e", "{}", "x-thing:  spaced out \t\r\n"));
  EXPECT_EQ(status_of(client.read_message()), 200);
  EXPECT_EQ(copy, "POST|/a/b|c=d&e|spaced out|3|11|{}|127.0.0.1");
}

TEST(session, takes_a_request_split_at_every_byte) {
  net_world world{echo};
  const auto request = post("/split", "body") +
                       "POST /chunked HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
                       "2;ext=1\r\nab\r\nA\r\n0123456789\r\n0\r\nx-trailer: y\r\n\r\n";
  for (std::size_t at = 1; at < request.size(); ++at) {
    auto client = world.client();
    client.send(request.substr(0, at));
    world.on_io([] {}); // what was sent first is most likely read before the rest comes
    client.send(request.substr(at));
    ASSERT_EQ(body_of(client.read_message()), "POST /split body") << at;
    ASSERT_EQ(body_of(client.read_message()), "POST /chunked ab0123456789") << at;
  }
}

TEST(session, takes_a_request_byte_by_byte) {
  net_world world{echo};
  auto client = world.client();
  for (const char c : post("/slow", "abc"))
    client.send({&c, 1});
  EXPECT_EQ(body_of(client.read_message()), "POST /slow abc");
}

TEST(session, answers_pipelined_requests_in_order) {
  std::vector<exchange_ptr> waiting;
  net_world world;
  world.on_request = [&](const exchange_ptr& x) {
    if (x->request().target == "/0")
      waiting.push_back(x);
    else
      echo(x);
  };
  auto client = world.client();
  std::string all;
  for (int i = 0; i < 50; ++i)
    all += post("/" + std::to_string(i), "b");
  client.send(all);
  ASSERT_TRUE(world.log.hears("request"));
  EXPECT_FALSE(client.readable_within(0ms));
  world.on_io([&] {
    echo(waiting[0]);
    waiting.clear();
  });
  for (int i = 0; i < 50; ++i)
    ASSERT_EQ(body_of(client.read_message()), "POST /" + std::to_string(i) + " b");
}

TEST(session, takes_more_pipelined_requests_than_it_keeps_at_once) {
  net_world world{echo};
  auto client = world.client();
  std::string all;
  for (int i = 0; i < 300; ++i)
    all += post("/" + std::to_string(i), std::string(400, 'x'));
  client.send(all);
  for (int i = 0; i < 300; ++i)
    ASSERT_TRUE(body_of(client.read_message()).starts_with("POST /" + std::to_string(i) + " "));
}

TEST(session, says_go_on_to_a_client_that_waits_for_it) {
  net_world world{echo};
  auto client = world.client();
  client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_EQ(body_of(client.read_message()), "POST / abc");
}

TEST(session, refuses_a_long_body_instead_of_saying_go_on) {
  http_settings http;
  http.body_bytes = 10;
  net_world world{echo, http};
  auto client = world.client();
  client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\nexpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(client.read_message()), 413);
}

TEST(session, answers_head_without_a_body_but_with_its_length) {
  net_world world{echo};
  auto client = world.client();
  client.send("HEAD /thing HTTP/1.1\r\nhost: a\r\n\r\n" + get("/next"));
  const auto head = client.read_until("\r\n\r\n");
  EXPECT_EQ(header_of(head, "content-length"), "12"); // "HEAD /thing "
  EXPECT_EQ(body_of(client.read_message()), "GET /next ");
}

TEST(session, closes_after_an_old_client_unless_that_asks_for_more) {
  net_world world{echo};
  auto client = world.client();
  client.send("GET /1 HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
  EXPECT_EQ(header_of(client.read_message(), "connection"), "keep-alive");
  client.send("GET /2 HTTP/1.0\r\n\r\n");
  const auto last = client.read_to_end();
  EXPECT_EQ(header_of(last, "connection"), "close");
  EXPECT_EQ(body_of(last), "GET /2 ");
}

TEST(session, closes_when_the_client_asks_for_it) {
  net_world world{echo};
  auto client = world.client();
  client.send(get("/", "connection: close\r\n"));
  const auto last = client.read_to_end();
  EXPECT_EQ(header_of(last, "connection"), "close");
  EXPECT_FALSE(client.ended_by_reset());
}

TEST(session, takes_only_the_first_answer) {
  net_world world{[](const exchange_ptr& x) {
    x->reply({.status = 201});
    x->reply({.status = 202});
    x->fail({core::ec::internal, "no"});
  }};
  auto client = world.client();
  client.send(get("/"));
  EXPECT_EQ(status_of(client.read_message()), 201);
  client.send(get("/"));
  EXPECT_EQ(status_of(client.read_message()), 201);
}

TEST(session, answers_500_when_its_handler_loses_the_request) {
  exchange_ptr kept;
  net_world world;
  world.on_request = [&](const exchange_ptr& x) {
    if (x->request().target == "/later") kept = x;
  };
  auto client = world.client();
  client.send(get("/now"));
  EXPECT_EQ(status_of(client.read_message()), 500);
  client.send(get("/later"));
  ASSERT_TRUE(world.log.hears("request", 2));
  kept.reset(); // on a thread that is not the I/O thread
  EXPECT_EQ(status_of(client.read_message()), 500);
}

TEST(session, takes_an_answer_from_any_thread) {
  exchange_ptr kept;
  net_world world;
  world.on_request = [&](const exchange_ptr& x) { kept = x; };
  auto client = world.client();
  client.send(get("/"));
  ASSERT_TRUE(world.log.hears("request"));
  kept->fail({core::ec::rate_limited, "slow down", "", 7});
  kept.reset();
  const auto answer = client.read_message();
  EXPECT_EQ(status_of(answer), 429);
  EXPECT_EQ(header_of(answer, "retry-after"), "7");
}

TEST(session, keeps_what_the_actors_remember_about_a_connection) {
  struct memory : connection_memo {
    int requests = 0;
  };
  net_world world{[](const exchange_ptr& x) {
    auto& memo = x->memo();
    if (!memo) memo = std::make_unique<memory>();
    x->reply({.body = std::to_string(++static_cast<memory&>(*memo).requests)});
  }};
  auto client = world.client();
  for (const char* n : {"1", "2", "3"}) {
    client.send(get("/"));
    EXPECT_EQ(body_of(client.read_message()), n);
  }
  auto other = world.client();
  other.send(get("/"));
  EXPECT_EQ(body_of(other.read_message()), "1");
}

TEST(session, tells_the_handler_within_50_ms_that_a_waiting_client_left) {
  exchange_ptr kept;
  net_world world;
  world.on_request = [&](const exchange_ptr& x) { kept = x; };
  auto client = world.client();
  client.send(get("/"));
  ASSERT_TRUE(world.log.hears("request"));
  const auto left = std::chrono::steady_clock::now();
  client.close();
  ASSERT_TRUE(world.log.hears("gone"));
  EXPECT_LT(std::chrono::steady_clock::now() - left, 50ms);
  world.on_io([&] {
    EXPECT_TRUE(kept->gone());
    kept->reply({}); // nothing happens
    kept.reset();
  });
}

TEST(session, notices_that_a_client_left_behind_more_requests_than_it_keeps) {
  exchange_ptr kept;
  net_world world;
  world.on_request = [&](const exchange_ptr& x) {
    if (!kept) kept = x;
  };
  auto client = world.client();
  client.send(get("/") + std::string(100'000, 'x'));
  ASSERT_TRUE(world.log.hears("request"));
  client.shut_down_writing();
  EXPECT_TRUE(world.log.hears("gone"));
  world.on_io([&] { kept.reset(); });
}

TEST(session, forgets_a_client_that_leaves_in_the_middle_of_its_request) {
  net_world world{echo};
  for (const char* part : {"GET / HT", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc"}) {
    auto client = world.client();
    client.send(part);
    client.shut_down_writing();
    EXPECT_TRUE(client.sees_end());
  }
  EXPECT_FALSE(world.log.heard("request"));
  EXPECT_FALSE(world.log.heard("gone"));
}

TEST(session, ends_idle_connections_silently_and_slow_requests_with_408) {
  http_settings http;
  http.keep_alive = http.header_time = http.body_time = 100ms;
  net_world world{echo, http};
  auto idle = world.client();
  auto used = world.client();
  used.send(get("/"));
  EXPECT_EQ(status_of(used.read_message()), 200);
  auto head = world.client();
  head.send("GET / HTTP/1.1\r\nhost:");
  auto body = world.client();
  body.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nab");
  EXPECT_TRUE(idle.sees_end());
  EXPECT_TRUE(used.sees_end());
  EXPECT_EQ(status_of(head.read_to_end()), 408);
  EXPECT_EQ(status_of(body.read_to_end()), 408);
  EXPECT_EQ(world.counters().requests_timed_out.value(), 2U);
}

TEST(session, sends_a_whole_answer_to_a_client_that_shut_down_its_sending_side) {
  net_world world{[](const exchange_ptr& x) { x->reply({.body = std::string(8'000'000, 'x')}); }};
  auto client = world.client(4096);
  client.send(get("/"));
  EXPECT_EQ(client.read_exactly(1).size(), 1U);
  client.shut_down_writing();
  while (!world.log.heard("request"))
    world.on_io([] {});
  world.on_io([] {}); // by now the end of the requests is most likely read
  EXPECT_GT(client.read_to_end().size(), 8'000'000U);
  EXPECT_FALSE(client.ended_by_reset());
}

TEST(session, cuts_a_client_that_takes_nothing) {
  http_settings http;
  http.write_stall = 100ms;
  net_world world{[](const exchange_ptr& x) { x->reply({.body = std::string(20'000'000, 'x')}); }, http};
  auto client = world.client(4096);
  client.send(get("/"));
  EXPECT_EQ(client.read_exactly(1).size(), 1U);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (world.counters().write_stalls.value() == 0 && std::chrono::steady_clock::now() < until)
    world.on_io([] {});
  EXPECT_EQ(world.counters().write_stalls.value(), 1U);
}

TEST(session, sends_a_large_answer_to_a_slow_client_whole) {
  net_world world{[](const exchange_ptr& x) { x->reply({.body = std::string(8'000'000, 'x')}); }};
  auto client = world.client(4096);
  client.send(get("/") + get("/"));
  EXPECT_EQ(body_of(client.read_message()).size(), 8'000'000U);
  EXPECT_EQ(body_of(client.read_message()).size(), 8'000'000U);
}

TEST(session, lets_a_browser_of_an_allowed_origin_in) {
  http_settings http;
  http.cors = {"https://good.example"};
  net_world world{echo, http};
  auto client = world.client();
  client.send("OPTIONS /v1/x HTTP/1.1\r\nhost: a\r\norigin: https://good.example\r\naccess-control-request-method: "
              "POST\r\naccess-control-request-headers: authorization, x-y\r\n\r\n");
  const auto preflight = client.read_until("\r\n\r\n");
  EXPECT_EQ(status_of(preflight), 204);
  EXPECT_EQ(header_of(preflight, "access-control-allow-origin"), "https://good.example");
  EXPECT_EQ(header_of(preflight, "access-control-allow-headers"), "authorization, x-y");
  EXPECT_FALSE(world.log.heard("request"));
  client.send(get("/", "origin: https://good.example\r\n"));
  const auto answer = client.read_message();
  EXPECT_EQ(header_of(answer, "access-control-allow-origin"), "https://good.example");
  EXPECT_EQ(header_of(answer, "vary"), "origin");
  client.send(get("/", "origin: https://evil.example\r\n"));
  EXPECT_EQ(header_of(client.read_message(), "access-control-allow-origin"), "");
}

TEST(session, refuses_connections_above_its_limit) {
  http_settings http;
  http.max_connections = 1;
  net_world world{echo, http};
  auto first = world.client();
  first.send(get("/"));
  EXPECT_EQ(status_of(first.read_message()), 200);
  auto second = world.client();
  EXPECT_TRUE(second.sees_end());
  first.send(get("/"));
  EXPECT_EQ(status_of(first.read_message()), 200);
}

TEST(session, destroys_what_the_actors_attached_on_its_own_thread) {
  struct kept : attachment {
    explicit kept(std::thread::id& where) : where_{where} {}
    ~kept() override { where_ = std::this_thread::get_id(); }
    std::thread::id& where_;
  };
  std::thread::id where, io;
  exchange_ptr x;
  {
    net_world world;
    world.on_request = [&](const exchange_ptr& e) {
      io = std::this_thread::get_id();
      e->attached = std::make_unique<kept>(where);
      x = e;
      e->reply({});
    };
    auto client = world.client();
    client.send(get("/"));
    EXPECT_EQ(status_of(client.read_message()), 200);
    x.reset();
    world.on_io([] {});
    EXPECT_EQ(where, io);
    client.send(get("/"));
    EXPECT_EQ(status_of(client.read_message()), 200);
  }
  x.reset(); // long after the server
  EXPECT_NE(where, std::thread::id{});
}

} // namespace
} // namespace logos::net::test
