// SPDX-License-Identifier: MIT
#include "net/fetch.hpp"
#include "net/port_probe.hpp"
#include "net_world.hpp"

#include <gtest/gtest.h>

#include <future>
#include <sys/resource.h>
#include <unistd.h>

namespace logos::net::test {
namespace {

using namespace std::chrono_literals;
namespace ip = boost::asio::ip;

void hello(const exchange_ptr& x) { x->reply({.body = "hello"}); }

TEST(server, serves_on_all_its_threads_and_both_address_families) {
  server_settings settings;
  settings.threads = 3;
  settings.listen = {{ip::address_v4::loopback(), 0}, {ip::address_v6::loopback(), 0}};
  net_world world{hello, {}, settings};
  if (world.start_error.find("not supported") != std::string::npos ||
      world.start_error.find("assign") != std::string::npos)
    GTEST_SKIP() << "no IPv6 here: " << world.start_error;
  ASSERT_EQ(world.start_error, "");
  for (int i = 0; i < 40; ++i) {
    auto client = world.client();
    client.send(get("/"));
    ASSERT_EQ(body_of(client.read_message()), "hello");
  }
  std::uint64_t total = 0;
  for (const auto& io : world.server().threads())
    total += io->counters().connections_total.value();
  EXPECT_EQ(total, 40U);
}

TEST(server, names_the_process_that_holds_its_port) {
  net_world first{hello};
  server_settings settings;
  settings.listen = {{ip::address_v4::loopback(), first.port()}};
  net_world second{hello, {}, settings};
  EXPECT_NE(second.start_error.find(std::to_string(first.port())), std::string::npos) << second.start_error;
  EXPECT_NE(second.start_error.find("(process " + std::to_string(::getpid()) + ")"), std::string::npos)
      << second.start_error;
}

TEST(server, finds_a_free_port_free) {
  std::uint16_t port = 0;
  {
    net_world world{hello};
    port = world.port();
    auto client = world.client();
    client.send(get("/"));
    client.read_message();
    EXPECT_TRUE(port_taken({ip::address_v4::loopback(), port}));
  }
  EXPECT_FALSE(port_taken({ip::address_v4::loopback(), port}));
}

TEST(server, stops_accepting_but_goes_on_with_whom_it_has) {
  net_world world{hello};
  auto client = world.client();
  client.send(get("/"));
  client.read_message();
  world.server().stop_accepting();
  world.on_io([] {});
  EXPECT_FALSE(world.client().open());
  client.send(get("/"));
  EXPECT_EQ(body_of(client.read_message()), "hello");
}

TEST(server, drains_idle_connections_at_once_and_running_ones_after_their_answer) {
  exchange_ptr kept;
  net_world world;
  world.on_request = [&](const exchange_ptr& x) {
    if (x->request().target == "/wait")
      kept = x;
    else
      hello(x);
  };
  auto idle = world.client();
  idle.send(get("/"));
  idle.read_message();
  auto busy = world.client();
  busy.send(get("/wait"));
  ASSERT_TRUE(world.log.hears("request", 2));
  EXPECT_FALSE(world.server().drain(50ms));
  EXPECT_TRUE(idle.sees_end());
  kept->reply({.body = "late"});
  kept.reset();
  const auto answer = busy.read_to_end();
  EXPECT_EQ(body_of(answer), "late");
  EXPECT_EQ(header_of(answer, "connection"), "close");
  busy.close();
  EXPECT_TRUE(world.server().drain(5s));
}

TEST(server, tells_clients_whose_requests_it_cuts_off_that_it_shuts_down) {
  std::vector<std::shared_ptr<recorder>> observers;
  exchange_ptr kept;
  net_world world;
  world.on_request = [&](const exchange_ptr& x) {
    if (x->request().target == "/wait") {
      kept = x;
    } else {
      world.relay(x);
      observers.push_back(world.observer);
    }
  };
  const auto ask = [&](const std::string& target, const std::string& begun) {
    auto client = world.client();
    client.send(get(target));
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send(begun);
    if (!begun.empty()) client.read_until("{}");
    return std::pair{std::move(client), std::move(provider)};
  };
  auto waiting = world.client();
  waiting.send(get("/wait"));
  auto half = world.client();
  half.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc");
  auto unanswered = ask("/unanswered", "");
  auto stream = ask("/stream", "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
                               "\r\nA\r\ndata: {}\n\n\r\n");
  auto measured = ask("/measured", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}");
  ASSERT_TRUE(world.log.hears("request", 4));
  EXPECT_FALSE(world.server().drain(50ms));
  const auto begun = std::chrono::steady_clock::now();
  world.server().close_connections();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);

  for (auto* const client : {&waiting, &unanswered.first}) {
    const auto answer = client->read_to_end();
    EXPECT_EQ(status_of(answer), 503) << answer;
    EXPECT_EQ(header_of(answer, "connection"), "close");
    EXPECT_NE(answer.find("shutting down"), answer.npos);
  }
  const auto rest = stream.first.read_to_end();
  EXPECT_NE(rest.find("data: {\"error\":{"), rest.npos) << rest;
  EXPECT_TRUE(rest.ends_with("\r\n0\r\n\r\n")) << rest;
  EXPECT_EQ(measured.first.read_to_end(), "");
  EXPECT_EQ(half.read_to_end(), "");
  for (auto* const one : {&unanswered, &stream, &measured})
    EXPECT_TRUE(one->second.sees_end() || one->second.ended_by_reset());
  EXPECT_TRUE(world.log.hears("ended", 3));
  for (const auto& o : observers)
    EXPECT_EQ(o->outcome().error, core::ec::shutting_down);
  EXPECT_TRUE(world.log.heard("gone but there")); // of the one that waited
  EXPECT_FALSE(world.log.heard("gone"));
  world.on_io([&] {
    world.relay(kept); // as a permit would have it that comes now
    kept.reset();
  });
  EXPECT_EQ(world.observer->outcome().error, core::ec::shutting_down);
}

TEST(server, stops_with_requests_of_every_kind_under_way) {
  std::vector<exchange_ptr> kept;
  {
    net_world world;
    world.on_request = [&](const exchange_ptr& x) {
      kept.push_back(x);
      if (x->request().target == "/relay") world.relay(x);
    };
    auto waiting = world.client();
    waiting.send(get("/wait"));
    auto relayed = world.client();
    relayed.send(get("/relay"));
    auto provider = world.provider.accept();
    provider.read_message();
    auto half = world.client();
    half.send("GET / HT");
    ASSERT_TRUE(world.log.hears("request", 2));
    world.server().stop();
    waiting.read_to_end();
    relayed.read_to_end();
    EXPECT_FALSE(waiting.timed_out() || relayed.timed_out());
    EXPECT_TRUE(world.log.heard("ended"));
  }
  for (auto& x : kept)
    x->reply({});
  kept.clear();
}

TEST(fetch, brings_a_whole_answer) {
  net_world world;
  std::promise<fetch_result> answer;
  auto target = std::make_shared<upstream_target>(upstream_target{"127.0.0.1", world.provider.port()});
  fetch(*world.server().threads()[0], target, post("/api/show", ""), "", 5s, 100,
        [&](fetch_result r) { answer.set_value(std::move(r)); });
  auto provider = world.provider.accept();
  EXPECT_TRUE(provider.read_until("\r\n\r\n").starts_with("POST /api/show "));
  provider.send("HTTP/1.1 404 Not Found\r\nX-Thing: y\r\ntransfer-encoding: chunked\r\n\r\n" + chunk("abc") +
                chunk("def") + "0\r\n\r\n");
  const auto got = answer.get_future().get();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 404);
  EXPECT_EQ(got->body, "abcdef");
  EXPECT_EQ(got->headers[0], (std::pair<std::string, std::string>{"X-Thing", "y"}));
}

TEST(fetch, fails_for_what_is_too_long_or_too_late) {
  net_world world;
  auto target = std::make_shared<upstream_target>(upstream_target{"127.0.0.1", world.provider.port()});
  auto& io = *world.server().threads()[0];
  {
    std::promise<fetch_result> answer;
    fetch(io, target, get("/"), "", 5s, 3, [&](fetch_result r) { answer.set_value(std::move(r)); });
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send(ok("four"));
    EXPECT_EQ(answer.get_future().get().error().code, core::ec::upstream_protocol);
  }
  {
    std::promise<fetch_result> answer;
    fetch(io, target, get("/"), "", 100ms, 3, [&](fetch_result r) { answer.set_value(std::move(r)); });
    auto provider = world.provider.accept();
    provider.read_message();
    const auto got = answer.get_future().get();
    ASSERT_FALSE(got);
    EXPECT_EQ(core::http_status(got.error().code), 504);
  }
}

TEST(fetch, under_way_fails_when_the_server_stops) {
  net_world world;
  std::promise<fetch_result> answer;
  fetch(*world.server().threads()[0],
        std::make_shared<upstream_target>(upstream_target{"127.0.0.1", world.provider.port()}), get("/"), "", 5s, 3,
        [&](fetch_result r) { answer.set_value(std::move(r)); });
  auto provider = world.provider.accept();
  provider.read_message();
  world.server().stop();
  EXPECT_EQ(answer.get_future().get().error().code, core::ec::shutting_down);
}

TEST(server, waits_when_it_is_out_of_descriptors_and_goes_on_when_there_are_some) {
#ifdef LOGOS_SANITIZED
  // The undefined behaviour sanitizer looks at memory through a pipe, for which there is no descriptor here either.
  GTEST_SKIP() << "runs without the sanitizer only";
#endif
  net_world world{hello};
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const int next = ::dup(0);
  ::close(next);
  // One more descriptor, which the client's side takes.
  const rlimit tight{static_cast<rlim_t>(next) + 1, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &tight);
  auto client = world.client();
  const auto until = std::chrono::steady_clock::now() + patience;
  while (world.counters().accept_errors.value() == 0 && std::chrono::steady_clock::now() < until)
    world.on_io([] {});
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_GT(world.counters().accept_errors.value(), 0U);
  client.send(get("/"));
  EXPECT_EQ(body_of(client.read_message()), "hello");
}

TEST(pool, closes_connections_that_are_idle_for_long) {
  http_settings http;
  http.upstream_idle = 100ms;
  net_world world{{}, http};
  auto client = world.client();
  client.send(get("/"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(ok("x"));
  client.read_message();
  EXPECT_TRUE(provider.sees_end());
}

TEST(pool, keeps_a_bounded_number_of_idle_connections) {
  http_settings http;
  http.upstream_kept = 2;
  net_world world{{}, http};
  std::vector<raw_peer> clients, providers;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(world.client());
    clients.back().send(get("/"));
    providers.push_back(world.provider.accept());
    providers.back().read_message();
  }
  for (int i = 0; i < 5; ++i) {
    providers[static_cast<std::size_t>(i)].send(ok("x"));
    clients[static_cast<std::size_t>(i)].read_message();
  }
  ASSERT_TRUE(world.log.hears("ended", 5));
  world.on_io([] {});
  EXPECT_EQ(world.counters().upstream_open.value(), 2U);
}

} // namespace
} // namespace logos::net::test
