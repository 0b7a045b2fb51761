// SPDX-License-Identifier: MIT
// What a 429 says is told to the observer before it decides on the answer.
#include "net_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace logos::net::test {
namespace {

const std::string text = R"({"error":{"code":"insufficient_quota"}})";
const std::string json_head = "HTTP/1.1 429 Slow Down\r\ncontent-type: application/json\r\nx-odd: 1\r\n";
const std::string chunked = "transfer-encoding: chunked\r\n\r\n";

std::string with_length(const std::string& body) {
  return "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Calls that are told what a 429 says. `held` is said when its head has come, or is decided on.
class refusing_world : public net_world {
public:
  refusing_world() {
    adjust = [](upstream_call& call) { call.tells_refusal = true; };
    on_request = [this](const exchange_ptr& x) {
      relay(x);
      observer->accepts = accepts;
      observer->on_coming = [this] { log.say("held"); };
      running = x.get();
    };
  }
  bool told_before_head() {
    const auto all = log.words();
    const auto told = std::find(all.begin(), all.end(), "refused");
    return std::find(told, all.end(), "head 429") != all.end();
  }
  bool accepts = true;
  exchange* running = nullptr;
};

/// A client's request has come to the provider.
struct asked {
  explicit asked(refusing_world& world) : client{world.client()} {
    client.send(post("/v1/chat/completions", "{}"));
    provider = world.provider.accept();
    provider.read_message();
  }
  raw_peer client;
  raw_peer provider;
};

TEST(held_refusal, is_told_whole_before_its_head_and_then_relayed_as_it_came) {
  for (const auto& rest : {with_length(text), chunked + chunk(text) + "0\r\n\r\n", "\r\n" + text}) {
    refusing_world world;
    asked at{world};
    at.provider.send(json_head + rest.substr(0, rest.size() - 5));
    ASSERT_TRUE(world.log.hears("held"));
    EXPECT_FALSE(world.log.heard("head 429"));
    at.provider.send(rest.substr(rest.size() - 5));
    at.provider.close();
    const auto answer = at.client.read_message();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 429 Slow Down\r\n")) << answer;
    EXPECT_EQ(header_of(answer, "x-odd"), "1");
    EXPECT_NE(answer.find(text), std::string::npos) << answer;
    ASSERT_TRUE(world.log.hears("ended"));
    EXPECT_EQ(world.observer->refusal, text);
    EXPECT_TRUE(world.told_before_head());
    EXPECT_EQ(world.observer->outcome().error, core::ec::none);
    EXPECT_TRUE(world.observer->outcome().complete);
  }
}

TEST(held_refusal, that_is_not_wanted_leaves_no_byte_with_the_client) {
  refusing_world world;
  world.accepts = false;
  asked at{world};
  at.provider.send(json_head + with_length(text));
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_TRUE(world.told_before_head());
  EXPECT_FALSE(world.observer->outcome().answered);
  EXPECT_EQ(world.observer->outcome().status, 429);
  EXPECT_EQ(world.observer->outcome().error, core::ec::upstream_error);
  EXPECT_EQ(status_of(at.client.read_message()), 502);
}

TEST(held_refusal, is_decided_on_by_its_head_alone_when_its_body_is_compressed_or_long_or_no_json) {
  const std::string large(5'000, 'x');
  for (const auto& answer :
       {json_head + "content-encoding: gzip\r\n" + with_length(text), json_head + with_length(large),
        json_head + chunked + chunk(large) + "0\r\n\r\n", "HTTP/1.1 429 No\r\n" + with_length(text),
        "HTTP/1.1 503 No\r\ncontent-type: application/json\r\n" + with_length(text)}) {
    refusing_world world;
    asked at{world};
    at.provider.send(answer);
    const auto got = at.client.read_message();
    EXPECT_EQ(status_of(got), status_of(answer));
    ASSERT_TRUE(world.log.hears("ended"));
    EXPECT_FALSE(world.log.heard("refused"));
    EXPECT_TRUE(world.observer->outcome().complete);
  }
}

TEST(held_refusal, of_which_too_much_comes_is_not_waited_for_to_its_end) {
  refusing_world world;
  world.accepts = false;
  asked at{world};
  at.provider.send(json_head + chunked + chunk(std::string(5'000, 'x')));
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_FALSE(world.log.heard("refused"));
  EXPECT_TRUE(at.provider.sees_end());
}

TEST(held_refusal, is_decided_on_by_its_head_alone_when_the_rest_does_not_come_in_time) {
  refusing_world world;
  world.accepts = false;
  world.limits.idle = std::chrono::milliseconds{50};
  asked at{world};
  at.provider.send(json_head + chunked + chunk("{"));
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_TRUE(world.log.heard("head 429"));
  EXPECT_FALSE(world.log.heard("refused"));
  EXPECT_EQ(world.observer->outcome().error, core::ec::upstream_error);
}

TEST(held_refusal, is_waited_for_no_longer_though_it_drips_and_silence_has_no_limit) {
  refusing_world world;
  world.accepts = false;
  world.limits.idle = std::chrono::milliseconds{0};
  asked at{world};
  at.provider.send(json_head + chunked);
  for (int drops = 0; drops < 1000 && !world.log.heard("ended"); ++drops) {
    if (!at.provider.send(chunk(" "))) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{20}); // between drops: nothing waits for it
  }
  ASSERT_TRUE(world.log.heard("ended")) << "20 s and more";
  EXPECT_TRUE(world.log.heard("head 429"));
  EXPECT_FALSE(world.log.heard("refused"));
}

TEST(held_refusal, that_is_cut_goes_to_the_client_as_far_as_it_came) {
  refusing_world world;
  asked at{world};
  at.provider.send(json_head + "content-length: 10\r\n\r\n{\"a\"");
  at.provider.close();
  const auto got = at.client.read_until("{\"a\"");
  EXPECT_EQ(status_of(got), 429);
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_FALSE(world.log.heard("refused"));
  EXPECT_EQ(world.observer->outcome().error, core::ec::upstream_cut);
  EXPECT_TRUE(world.observer->outcome().answered);
  EXPECT_FALSE(world.observer->outcome().complete);
}

TEST(held_refusal, is_not_decided_on_when_the_call_is_cancelled_or_the_client_leaves) {
  for (const bool leaves : {true, false}) {
    refusing_world world;
    asked at{world};
    at.provider.send(json_head + chunked + chunk("{"));
    ASSERT_TRUE(world.log.hears("held"));
    if (leaves)
      at.client.close();
    else
      world.on_io([&] { world.running->cancel({core::ec::wrong_key, "revoked"}); });
    ASSERT_TRUE(world.log.hears("ended"));
    EXPECT_FALSE(world.log.heard("head 429"));
    EXPECT_EQ(world.observer->outcome().error, leaves ? core::ec::client_gone : core::ec::wrong_key);
    EXPECT_FALSE(world.observer->outcome().answered);
    EXPECT_TRUE(at.provider.sees_end());
  }
}

} // namespace
} // namespace logos::net::test
