// SPDX-License-Identifier: MIT
#include "net_world.hpp"

#include <gtest/gtest.h>

namespace logos::net::test {
namespace {

const std::string key = "sk-upstream-0123456789";

TEST(relay_secret, the_providers_key_is_masked_in_an_error_that_repeats_it_however_it_comes) {
  net_world world;
  world.adjust = [](upstream_call& call) {
    call.secret = key;
    call.keep_text = true;
  };
  const std::string text = R"({"error":{"message":"wrong key )" + key + R"("}})";
  const std::string stars(key.size(), '*');
  for (std::size_t cut = 1; cut < text.size(); cut += 7) {
    auto client = world.client();
    client.send(get("/"));
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send("HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer error=\"" + key +
                  "\"\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(text.size()) +
                  "\r\n\r\n" + text.substr(0, cut));
    world.on_io([] {}); // so that the first part was read by itself, as far as that can be had
    provider.send(text.substr(cut));
    const auto answer = client.read_message();
    EXPECT_EQ(status_of(answer), 401);
    EXPECT_EQ(answer.find(key), answer.npos) << cut;
    EXPECT_EQ(body_of(answer), R"({"error":{"message":"wrong key )" + stars + R"("}})") << cut;
    EXPECT_EQ(header_of(answer, "www-authenticate"), "Bearer error=\"" + stars + "\"");
  }
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_EQ(world.observer->outcome().text.find(key), std::string::npos) << "nor is it kept for the log";
}

TEST(relay_secret, the_providers_key_is_masked_in_a_stream_that_tells_of_an_error) {
  net_world world;
  world.adjust = [](upstream_call& call) { call.secret = key; };
  auto client = world.client();
  client.send(get("/"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
                chunk("data: {\"error\":{\"message\":\"" + key.substr(0, 9)) +
                chunk(key.substr(9) + "\"}}\n\ndata: [DONE]\n\n") + "0\r\n\r\n");
  const auto answer = unchunked(body_of(client.read_message()));
  EXPECT_EQ(answer, "data: {\"error\":{\"message\":\"" + std::string(key.size(), '*') + "\"}}\n\ndata: [DONE]\n\n");
}

TEST(relay_secret, the_providers_key_is_masked_where_the_word_that_tells_of_the_error_is_cut) {
  net_world world;
  world.adjust = [](upstream_call& call) { call.secret = key; };
  auto client = world.client();
  client.send(get("/"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send("HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n" +
                chunk("{\"message\":\"" + key + "\",\"err"));
  world.on_io([] {});
  provider.send(chunk("or\":1}\n") + "0\r\n\r\n");
  EXPECT_EQ(unchunked(body_of(client.read_message())),
            "{\"message\":\"" + std::string(key.size(), '*') + "\",\"error\":1}\n");
}

TEST(relay_secret, an_answer_that_tells_of_no_error_is_relayed_as_it_is) {
  net_world world;
  world.adjust = [](upstream_call& call) { call.secret = key; };
  auto client = world.client();
  client.send(get("/"));
  auto provider = world.provider.accept();
  provider.read_message();
  const std::string text = "{\"said\":\"" + key + "\"}";
  provider.send("HTTP/1.1 200 OK\r\nx-said: " + key + "\r\ncontent-type: application/json\r\ncontent-length: " +
                std::to_string(text.size()) + "\r\n\r\n" + text);
  const auto answer = client.read_message();
  EXPECT_EQ(body_of(answer), text);
  EXPECT_EQ(header_of(answer, "x-said"), std::string(key.size(), '*')) << "no header has to tell it";
}

} // namespace
} // namespace logos::net::test
