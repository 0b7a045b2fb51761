// SPDX-License-Identifier: MIT
#include "net_world.hpp"

#include <gtest/gtest.h>

namespace logos::net::test {
namespace {

const std::string created = R"({"type":"response.created","response":{"id":"resp_1"}})";
const std::string completed = R"({"type":"response.completed","response":{"id":"resp_1"}})";

std::string document(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

void ask_for_it(upstream_call& call) { call.tells_object = true; }

TEST(stored_object, is_told_before_the_client_can_know_of_it) {
  net_world world;
  world.adjust = ask_for_it;
  auto client = world.client();
  client.send(post("/v1/responses", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
                chunk("data: " + created + "\n\n"));
  client.read_until("resp_1");
  EXPECT_TRUE(world.log.heard("stored resp_1"));
  EXPECT_FALSE(world.log.heard("ending"));
  provider.send(chunk("data: " + completed + "\n\n") + "0\r\n\r\n");
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_EQ(world.observer->at_ending->object_id, "resp_1");
  EXPECT_EQ(world.observer->came, (std::vector<std::uint32_t>{0})) << "so that the journal has it, too";
}

TEST(stored_object, is_told_of_a_document) {
  net_world world;
  world.adjust = ask_for_it;
  auto client = world.client();
  client.send(post("/v1/responses", "{}"));
  auto provider = world.provider.accept();
  provider.read_message();
  provider.send(document("201 Created", R"({"object":"response","id":"resp_2"})"));
  client.read_message();
  ASSERT_TRUE(world.log.hears("ended"));
  EXPECT_EQ(world.log.words(),
            (std::vector<std::string>{"request", "head 201", "stored resp_2", "first byte", "ending", "ended"}));
  EXPECT_EQ(world.observer->at_ending->object_id, "resp_2");
}

TEST(stored_object, is_none_in_an_error_or_where_nobody_asks) {
  for (const bool asks : {true, false}) {
    net_world world;
    if (asks) world.adjust = ask_for_it;
    auto client = world.client();
    client.send(post("/v1/responses", "{}"));
    auto provider = world.provider.accept();
    provider.read_message();
    provider.send(document(asks ? "404 Not Found" : "200 OK", R"({"id":"resp_3"})"));
    client.read_message();
    ASSERT_TRUE(world.log.hears("ended"));
    EXPECT_EQ(world.observer->outcome().object_id, "");
    EXPECT_FALSE(world.log.heard("stored resp_3"));
  }
}

} // namespace
} // namespace logos::net::test
