// SPDX-License-Identifier: MIT
#include "net/json_look.hpp"
#include "net/object_id.hpp"

#include <gtest/gtest.h>

#include <string>

namespace logos::net {
namespace {

/// What was read, and how often that was told.
std::pair<std::string, int> fed(std::string_view answer, std::size_t piece) {
  object_id_reader reader;
  int told = 0;
  for (; !answer.empty(); answer.remove_prefix(std::min(piece, answer.size())))
    told += reader.feed(answer.substr(0, piece)) ? 1 : 0;
  return {reader.id(), told};
}

std::string read(std::string_view answer) {
  const auto [id, told] = fed(answer, answer.size());
  EXPECT_EQ(told, id.empty() ? 0 : 1) << answer;
  for (std::size_t piece = 1; piece < answer.size(); ++piece)
    EXPECT_EQ(fed(answer, piece), std::pair(id, told)) << answer << " in pieces of " << piece;
  return id;
}

TEST(object_id, is_the_outermost_of_a_document_wherever_it_stands) {
  EXPECT_EQ(read(R"({"id":"resp_1","object":"response"})"), "resp_1");
  EXPECT_EQ(read("\r\n { \"object\" : \"video\",\n \"id\" : \"video_1\" }"), "video_1");
  EXPECT_EQ(read(R"({"output":[{"id":"msg_1","content":[{"text":"{\"id\":\"x\"}"}]}],"a":{"id":"y"},"id":"resp_2"})"),
            "resp_2");
  EXPECT_EQ(read(R"({"\u0069d":"r\u0065sp_3"})"), "resp_3");
  EXPECT_EQ(read(R"({"x":"id","y":["id","z"],"id":"resp_4"})"), "resp_4");
}

TEST(object_id, is_none_where_none_is_told) {
  for (const auto* answer : {"", " ", "{}", "[]", R"({"response":{"id":"x"}})", R"([{"id":"x"}])", R"({"id":null})",
                             R"({"id":17,"x":"y"})", R"({"id":{"id":"x"}})", R"({"id":["x"]})", R"({"id":"cut)",
                             R"({"ID":"x"})", "plain text", "\"id\"", "}}}]]]{\"id\""})
    EXPECT_EQ(read(answer), "") << answer;
}

TEST(object_id, is_that_of_a_streams_first_response) {
  const std::string created = R"({"type":"response.created","response":{"object":"response","id":"resp_1"}})";
  EXPECT_EQ(read("event: response.created\ndata: " + created + "\n\ndata: {\"response\":{\"id\":\"resp_2\"}}\n\n"),
            "resp_1");
  EXPECT_EQ(read(": wait\r\n\r\nevent: x\r\ndata:" + created + "\r\n\r\n"), "resp_1");
  EXPECT_EQ(read("id: resp_0\ndata: {\"id\":\"evt_1\",\"item\":{\"id\":\"msg_1\"}}\n\ndata: " + created + "\n\n"),
            "resp_1");
  EXPECT_EQ(read("data: {\"response\":\ndata: {\"id\":\"resp_1\"}}\n\n"), "resp_1") << "in several lines";
  EXPECT_EQ(read("\n\ndata: {\"response\":{\n\ndata: " + created + "\n\n"), "resp_1") << "behind an event that was cut";
}

TEST(object_id, has_other_names_at_some_servers) {
  EXPECT_EQ(read(R"({"conversation_id":"conv_1","outputs":[{"id":"x"}]})"), "conv_1");
  EXPECT_EQ(read(R"({"request_id":"req_1"})"), "req_1");
  EXPECT_EQ(read(R"({"request_id":"req_1","id":"resp_1"})"), "resp_1");
  EXPECT_EQ(read(R"({"x":{"request_id":"req_1"}})"), "");
  EXPECT_EQ(read("data: {\"conversation_id\":\"conv_1\"}\n\ndata: {\"x\":1}\n\n"), "conv_1");
}

TEST(object_id, is_not_what_a_stream_says) {
  EXPECT_EQ(read("data: {\"id\":\"x\"}\n\ndata: {\"delta\":\"{\\\"response\\\":{\\\"id\\\":\\\"y\\\"}}\"}\n\n"
                 "data: {\"response\":{\"output\":[{\"id\":\"z\"}]}}\n\ndata: [DONE]\n\n"),
            "");
  EXPECT_EQ(read("response: {\"response\":{\"id\":\"x\"}}\n\n"), "") << "no data";
}

TEST(object_id, that_is_absurdly_long_is_none) {
  const std::string longest(object_id_reader::longest, 'x');
  EXPECT_EQ(fed(R"({"id":")" + longest + R"("})", 100).first, longest);
  EXPECT_EQ(fed(R"({"id":")" + longest + R"(x"})", 100).first, "");
  EXPECT_EQ(fed(R"({")" + longest + longest + R"(":1,"id":"resp_1"})", 100).first, "resp_1");
}

TEST(object_named, is_a_string_or_the_id_of_an_object) {
  EXPECT_EQ(object_named(R"("resp_1","x":"y"})"), "resp_1");
  EXPECT_EQ(object_named(R"("r\u0065sp_1")"), "resp_1");
  EXPECT_EQ(object_named(R"({ "a":{"id":"x"}, "id" : "conv_1", "b":["id","y"] },"id":"z"})"), "conv_1");
  EXPECT_EQ(object_named(R"({"\u0069d":"conv_1"})"), "conv_1");
}

TEST(object_named, is_none_where_servers_may_differ) {
  for (const auto* value :
       {"17", "true", "[\"resp_1\"]", "{}", R"({"id":null})", R"({"id":["x"]})", R"({"id":{"id":"x"}})",
        R"({"id":"x","id":"y"})", R"({"id":"x","ID":"y"})", R"({"Id":"x"})", R"({"id":"x","\u0069d":"y"})",
        R"({"x":{"id":"y"}})", R"({"id":null,"x":"y"})", R"({"id":["x"],"y":"z"})"})
    EXPECT_EQ(object_named(value), "") << value;
}

std::optional<core::failure> look(std::string body, json_look& out) {
  static json_looker looker;
  return looker.look_copying(body, out);
}

TEST(object_named, is_found_in_a_request) {
  json_look out;
  ASSERT_FALSE(look(R"({"model":"m","previous_response_id":"resp_1","conversation":{"id":"conv_1"}})", out));
  EXPECT_EQ(object_named(out.previous_response), "resp_1");
  EXPECT_EQ(object_named(out.conversation), "conv_1");
  ASSERT_FALSE(look(R"({"previous_response_id":null,"conversation":null,"input":[{"conversation":"x"}]})", out));
  EXPECT_TRUE(out.previous_response.empty());
  EXPECT_TRUE(out.conversation.empty());
  ASSERT_FALSE(look(R"({"previous_r\u0065sponse_id":"resp_1"})", out));
  EXPECT_EQ(object_named(out.previous_response), "resp_1");
}

TEST(object_named, is_given_once) {
  json_look out;
  for (const auto* body :
       {R"({"previous_response_id":"a","previous_response_id":"b"})",
        R"({"conversation":"a","conversation":{"id":"b"}})", R"({"conversation":"a","Conversation":"b"})",
        R"({"previous_response_id":"a","previous_response_\u0069d":"b"})"}) {
    const auto bad = look(body, out);
    ASSERT_TRUE(bad) << body;
    EXPECT_EQ(bad->code, core::ec::bad_field) << body;
  }
}

} // namespace
} // namespace logos::net
