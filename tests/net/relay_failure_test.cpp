// SPDX-License-Identifier: MIT
#include "net_world.hpp"

#include <gtest/gtest.h>

namespace logos::net::test {
namespace {

using namespace std::chrono_literals;

const std::string stream_head =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const std::string event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
const std::string event_chunk = chunk(event);

/// What the observer heard at the end.
const call_outcome& outcome_of(net_world& world) {
  EXPECT_TRUE(world.log.hears("ended"));
  return world.observer->outcome();
}

TEST(relay_failure, before_an_answer_is_told_to_the_client_as_what_it_is) {
  struct failing {
    std::string answer;
    core::ec why;
    int status;
  };
  for (const auto& f : std::vector<failing>{
           {"", core::ec::upstream_cut, 502},
           {"HTTP/1.1 200 OK\r\ncontent-le", core::ec::upstream_cut, 502},
           {"garbage in, garbage out\r\n\r\n", core::ec::upstream_protocol, 502},
           {"SSH-2.0-OpenSSH_9.2\r\n", core::ec::upstream_protocol, 502},
           {"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", core::ec::upstream_protocol, 502},
           {"HTTP/1.1 099 Odd\r\n\r\n", core::ec::upstream_protocol, 502},
           {"HTTP/1.1 000 Odd\r\ncontent-length: 0\r\n\r\n", core::ec::upstream_protocol, 502},
           {"HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n", core::ec::upstream_protocol, 502},
           {"HTTP/1.1 200 OK\r\nx: " + std::string(70'000, 'y') + "\r\n\r\n", core::ec::upstream_protocol, 502},
           {"HTTP/1.1 200 OK\nx: y\n\n", core::ec::upstream_protocol, 502},
       }) {
    net_world world;
    auto client = world.client();
    client.send(get("/"));
    {
      auto provider = world.provider.accept();
      provider.read_message();
      provider.send(f.answer);
      provider.shut_down_writing();
      const auto answer = client.read_message();
      EXPECT_EQ(status_of(answer), f.status) << f.answer.substr(0, 40);
      EXPECT_NE(answer.find("\"error\""), answer.npos);
    }
    const auto& outcome = outcome_of(world);
    EXPECT_EQ(outcome.error, f.why) << f.answer.substr(0, 40);
    EXPECT_FALSE(outcome.answered);
    EXPECT_FALSE(outcome.complete);
    EXPECT_FALSE(outcome.message.empty());
    EXPECT_FALSE(world.log.heard("ending"));
    client.send(get("/")); // the connection is still good
    EXPECT_TRUE(world.provider.accept().open());
  }
}

TEST(relay_failure, to_connect_is_told) {
  net_world world;
  world.provider.close();
  auto client = world.client();
  client.send(get("/"));
  EXPECT_EQ(status_of(client.read_message()), 502);
  EXPECT_EQ(outcome_of(world).error, core::ec::upstream_unreachable);
  const auto& told = world.observer->outcome().message;
  EXPECT_NE(told.find("refused"), std::string::npos) << told;
  EXPECT_EQ(told.find("127.0.0.1"), std::string::npos) << "clients need not know where the provider is";
}

TEST(relay_failure, to_resolve_a_name_is_told) {
  net_world world;
  world.adjust = [](upstream_call& call) {
    call.target = std::make_shared<upstream_target>(upstream_target{"no-such-host.invalid", 80});
  };
  auto client = world.client();
  client.send(get("/"));
  EXPECT_EQ(status_of(client.read_message()), 502);
  EXPECT_EQ(outcome_of(world).error, core::ec::upstream_unreachable);
  const auto& told = world.observer->outcome().message;
  EXPECT_NE(told.find("cannot resolve the provider's name"), std::string::npos) << told;
  EXPECT_EQ(told.find("no-such-host"), std::string::npos) << "clients need not know where the provider is";
}

TEST(relay_failure, of_one_address_leads_to_the_next) {
  net_world world; // "localhost" may name ::1 first, where the provider does not listen
  world.adjust = [&](upstream_call& call) {
    call.target = std::make_shared<upstream_target>(upstream_target{"localhost", world.provider.port()});
  };
  auto client = world.client();
  client.send(get("/"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(ok("x"));
  EXPECT_EQ(body_of(client.read_message()), "x");
}

TEST(relay_failure, in_a_stream_becomes_an_event) {
  net_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  {
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send(stream_head + event_chunk);
    EXPECT_EQ(status_of(client.read_until("\r\n\r\n")), 200);
    client.read_until(event_chunk);
  }
  const auto rest = unchunked(client.read_until("\r\n0\r\n\r\n"));
  EXPECT_TRUE(rest.starts_with("data: {\"error\":{")) << rest;
  EXPECT_TRUE(rest.ends_with("}}\n\n")) << rest;
  const auto& outcome = outcome_of(world);
  EXPECT_EQ(outcome.error, core::ec::upstream_cut);
  EXPECT_TRUE(outcome.answered);
  EXPECT_FALSE(outcome.complete);
  EXPECT_EQ(outcome.events, 1U);
  EXPECT_TRUE(world.log.heard("ending"));
  client.send(get("/"));
  EXPECT_TRUE(world.provider.accept().open());
}

TEST(relay_failure, in_the_middle_of_an_event_does_not_hide_the_error) {
  net_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  {
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send(stream_head + "9\r\ndata: {\"a\r\n");
    client.read_until("data: {\"a\r\n");
  }
  EXPECT_TRUE(unchunked(client.read_until("\r\n0\r\n\r\n")).starts_with("\n\ndata: {\"error\":{"));
}

TEST(relay_failure, in_any_other_answer_is_visible_as_truncation) {
  for (const std::string framing :
       {"content-length: 10\r\n\r\nabc", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    net_world world;
    auto client = world.client();
    client.send(post("/", "{}"));
    {
      auto provider = world.provider.accept();
      provider.read_message();
      provider.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + framing);
      client.read_until("abc");
    }
    const auto rest = client.read_to_end();
    EXPECT_FALSE(client.timed_out());
    EXPECT_EQ(rest.find("0\r\n\r\n"), rest.npos);
    EXPECT_EQ(outcome_of(world).error, core::ec::upstream_cut);
    EXPECT_TRUE(world.observer->outcome().answered);
  }
}

TEST(relay_failure, in_a_chunk_is_noticed) {
  net_world world;
  auto client = world.client();
  client.send(post("/", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.read_until("abc");
  provider.send("nonsense\r\n");
  client.read_to_end();
  EXPECT_FALSE(client.timed_out());
  EXPECT_EQ(outcome_of(world).error, core::ec::upstream_protocol);
  EXPECT_TRUE(provider.sees_end());
}

TEST(relay_failure, of_a_stale_connection_is_mended_once) {
  net_world world;
  auto client = world.client();
  client.send(get("/1"));
  auto first = world.provider.accept();
  first.read_message();
  first.send(ok("1"));
  EXPECT_EQ(body_of(client.read_message()), "1");
  ASSERT_TRUE(world.log.hears("ended"));
  client.send(post("/2", "body"));
  EXPECT_TRUE(first.read_message().starts_with("POST /2 "));
  first.close(); // as a provider does whose keep-alive time passed just then
  auto second = world.provider.accept();
  EXPECT_TRUE(second.read_message().ends_with("body"));
  second.send(ok("2"));
  EXPECT_EQ(body_of(client.read_message()), "2");
  EXPECT_EQ(world.counters().upstream_retried.value(), 1U);
}

TEST(relay_failure, of_a_stale_connection_is_told_when_the_fresh_one_fails_too) {
  net_world world;
  auto client = world.client();
  client.send(get("/1"));
  auto first = world.provider.accept();
  first.read_message();
  first.send(ok("1"));
  client.read_message();
  ASSERT_TRUE(world.log.hears("ended"));
  client.send(get("/2"));
  first.read_message();
  first.close();
  auto second = world.provider.accept();
  second.read_message();
  second.close();
  EXPECT_EQ(status_of(client.read_message()), 502);
  EXPECT_FALSE(world.provider.pending_within(50ms));
}

TEST(relay_failure, of_an_idle_connection_is_noticed_before_it_is_used) {
  net_world world;
  auto client = world.client();
  client.send(get("/1"));
  auto first = world.provider.accept();
  first.read_message();
  first.send(ok("1"));
  client.read_message();
  ASSERT_TRUE(world.log.hears("ended"));
  first.close();
  while (world.counters().upstream_open.value() != 0)
    world.on_io([] {});
  client.send(get("/2"));
  auto second = world.provider.accept();
  second.read_message();
  second.send(ok("2"));
  EXPECT_EQ(body_of(client.read_message()), "2");
  EXPECT_EQ(world.counters().upstream_retried.value(), 0U);
}

TEST(relay_failure, by_time_limit_is_told_by_its_name) {
  {
    net_world world;
    world.limits.first_byte = 100ms;
    auto client = world.client();
    client.send(get("/"));
    auto provider = world.provider.accept();
    provider.read_message();
    EXPECT_EQ(status_of(client.read_message()), 504);
    EXPECT_EQ(outcome_of(world).error, core::ec::first_token_timeout);
    EXPECT_TRUE(provider.sees_end() || provider.ended_by_reset());
  }
  {
    net_world world;
    world.limits.idle = 100ms;
    auto client = world.client();
    client.send(get("/"));
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send(stream_head + event_chunk);
    EXPECT_NE(client.read_until("\r\n0\r\n\r\n").find("idle_timeout"), std::string::npos);
    EXPECT_EQ(outcome_of(world).error, core::ec::idle_timeout);
  }
  {
    net_world world;
    world.limits.idle = 10s;
    world.limits.total = 200ms;
    auto client = world.client();
    client.send(get("/"));
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send(stream_head);
    while (!world.log.heard("ended") && provider.send(event_chunk))
      world.on_io([] {});
    EXPECT_EQ(outcome_of(world).error, core::ec::total_timeout);
  }
}

TEST(relay_failure, to_connect_in_time_is_told) {
  net_world world;
  raw_listener full{0};
  const auto only = raw_peer::connect(full.port()); // fills the queue: the next one is not answered
  world.adjust = [&](upstream_call& call) {
    call.target = std::make_shared<upstream_target>(upstream_target{"127.0.0.1", full.port()});
  };
  world.limits.connect = 100ms;
  auto client = world.client();
  client.send(get("/"));
  EXPECT_EQ(status_of(client.read_message()), 502);
  EXPECT_EQ(outcome_of(world).error, core::ec::upstream_unreachable);
}

TEST(relay_failure, by_a_client_that_leaves_while_connecting_is_told_at_once) {
  net_world world;
  raw_listener full{0};
  const auto only = raw_peer::connect(full.port());
  world.adjust = [&](upstream_call& call) {
    call.target = std::make_shared<upstream_target>(upstream_target{"127.0.0.1", full.port()});
  };
  auto client = world.client();
  client.send(get("/"));
  ASSERT_TRUE(world.log.hears("request"));
  const auto left = std::chrono::steady_clock::now();
  client.close();
  EXPECT_EQ(outcome_of(world).error, core::ec::client_gone);
  EXPECT_LT(std::chrono::steady_clock::now() - left, 50ms);
}

TEST(relay_failure, by_a_client_that_leaves_ends_the_providers_work_within_50_ms_in_every_phase) {
  enum class stage { requested, head, stream, paused };
  for (const auto at : {stage::requested, stage::head, stage::stream, stage::paused}) {
    net_world world;
    auto client = world.client(4096);
    client.send(post("/", "{}"));
    auto provider = world.provider.accept();
    provider.read_message();
    if (at == stage::head || at == stage::stream) {
      provider.send(stream_head);
      client.read_until("\r\n\r\n");
    }
    if (at == stage::stream) {
      provider.send(event_chunk);
      client.read_until(event_chunk);
    }
    if (at == stage::paused) {
      provider.send("HTTP/1.1 200 OK\r\ncontent-length: 64000000\r\n\r\n");
      const std::string piece(64'000, 'x');
      while (provider.writable_within(100ms))
        provider.send_some(piece);
    }
    ASSERT_TRUE(world.log.hears("request"));
    const auto left = std::chrono::steady_clock::now();
    client.close();
    provider.read_to_end();
    EXPECT_LT(std::chrono::steady_clock::now() - left, 50ms) << static_cast<int>(at);
    EXPECT_FALSE(provider.timed_out());
    EXPECT_EQ(outcome_of(world).error, core::ec::client_gone);
    EXPECT_FALSE(world.log.heard("gone"));
    EXPECT_EQ(world.observer->outcome().answered, at != stage::requested);
  }
}

TEST(relay_failure, by_cancelling_leaves_the_exchange_to_be_answered) {
  net_world world;
  exchange_ptr kept;
  world.on_request = [&](const exchange_ptr& x) {
    kept = x;
    world.relay(x);
  };
  auto client = world.client();
  client.send(get("/"));
  auto provider = world.provider.accept();
  provider.read_message();
  ASSERT_TRUE(world.log.hears("request"));
  world.on_io([&] {
    kept->cancel({core::ec::shutting_down, "cancelled by the test"});
    kept->cancel({core::ec::shutting_down, "cancelled by the test"});
    kept.reset();
  });
  EXPECT_EQ(status_of(client.read_message()), 503);
  EXPECT_EQ(outcome_of(world).error, core::ec::shutting_down);
  provider.read_to_end();
  EXPECT_FALSE(provider.timed_out());
}

TEST(relay_failure, by_cancelling_from_an_observer_is_safe) {
  net_world world;
  world.on_request = [&](const exchange_ptr& x) {
    world.relay(x);
    world.observer->on_first_byte = [x] { x->cancel({core::ec::shutting_down, "cancelled by the test"}); };
  };
  auto client = world.client();
  client.send(get("/"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(ok("{}"));
  EXPECT_EQ(status_of(client.read_message()), 503);
  world.on_io([&] { world.observer->on_first_byte = {}; });
}

TEST(relay_failure, when_the_exchange_is_already_answered_is_told_at_once) {
  net_world world;
  world.on_request = [&](const exchange_ptr& x) {
    x->reply({.status = 201});
    world.relay(x);
  };
  auto client = world.client();
  client.send(get("/"));
  EXPECT_EQ(status_of(client.read_message()), 201);
  EXPECT_NE(outcome_of(world).error, core::ec::none);
}

} // namespace
} // namespace logos::net::test
