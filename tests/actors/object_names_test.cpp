// SPDX-License-Identifier: MIT
#include "actors/ingress/object_names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace logos::ingress {
namespace {

/// `kind id`, `kind ?` where the id cannot be told, `kind` where none is named, or nothing.
std::string read(std::string_view method, std::string_view rest) {
  const auto found = read_object_path(method, rest);
  if (!found) return {};
  std::string out{to_string(found->what)};
  if (!found->names_one) return out;
  return out + " " + (found->id.empty() ? "?" : std::string{found->id});
}

TEST(object_path, names_what_a_provider_keeps) {
  for (const auto* method : {"GET", "DELETE", "POST", "HEAD", "OPTIONS", "PATCH"}) {
    EXPECT_EQ(read(method, "responses/resp_Ab1"), "response resp_Ab1");
    EXPECT_EQ(read(method, "/responses/resp_1/"), "response resp_1");
    EXPECT_EQ(read(method, "responses/resp_1/input_items"), "response resp_1");
    EXPECT_EQ(read(method, "conversations/conv_1/items/msg_1"), "conversation conv_1");
    EXPECT_EQ(read(method, "videos/video_1/content"), "video video_1");
    EXPECT_EQ(read(method, "responses/input_tokens/x"), "response input_tokens");
    for (const auto* other : {"chat/completions", "responsesx/r", "x", "", "/", "embeddings"})
      EXPECT_EQ(read(method, other), "") << other;
  }
  EXPECT_EQ(read("POST", "responses"), "response");
  EXPECT_EQ(read("POST", "responses/input_tokens"), "response");
  EXPECT_EQ(read("POST", "responses/compact"), "response");
  EXPECT_EQ(read("GET", "responses/compact"), "response compact") << "which is an id then, and nobody's";
  EXPECT_EQ(read("POST", "videos/edits"), "video edits") << "the video is in the body, where it is not looked for";
}

TEST(object_path, names_nobodys_where_it_is_not_spelled_plainly) {
  for (const auto* rest :
       {"Responses/resp_1;x", "%72esponses/resp_1", "responses//resp_1", "responses;x/resp_1", "responses/resp%5f1",
        "responses/resp_1%2fcancel", "x/responses%2Fresp_1", "responses/;/resp_1", "responses/resp_1 "})
    EXPECT_EQ(read("GET", rest), "response ?") << rest;
  EXPECT_EQ(read("GET", "responses/resp_bGl0ZQ=="), "response resp_bGl0ZQ==") << "as proxies make them";
  EXPECT_EQ(read("GET", "RESPONSES/resp_1"), "response resp_1") << "plain, only loud";
  EXPECT_EQ(read("GET", "x/y/responses/resp_1"), "response resp_1") << "below another path";
}

std::optional<object_kind> stored_by(std::string_view method, std::string_view rest, bool unstored = false) {
  intent wanted;
  wanted.route.rest = rest;
  wanted.json.unstored = unstored;
  return stores(method, wanted);
}

TEST(object_path, tells_what_stores_something) {
  EXPECT_EQ(stored_by("POST", "responses"), object_kind::response);
  EXPECT_EQ(stored_by("POST", "Conversations/"), object_kind::conversation);
  EXPECT_EQ(stored_by("POST", "videos"), object_kind::video);
  EXPECT_EQ(stored_by("POST", "videos/video_1/remix"), object_kind::video);
  EXPECT_EQ(stored_by("POST", "videos/generations"), object_kind::video);
  EXPECT_FALSE(stored_by("GET", "videos/generations"));
  for (const auto* rest :
       {"responses/resp_1/cancel", "responses/compact", "responses/input_tokens", "conversations/conv_1",
        "conversations/conv_1/items", "chat/completions", "embeddings", "videos/video_1"})
    EXPECT_FALSE(stored_by("POST", rest)) << rest;
  EXPECT_FALSE(stored_by("GET", "responses"));
  EXPECT_FALSE(stored_by("POST", "responses", true)) << "it says that it is not to be";
  EXPECT_EQ(stored_by("POST", "conversations", true), object_kind::conversation) << "which has no such member";
}

std::string named(std::string_view rest, std::string_view json, std::string_view method = "POST") {
  static net::json_looker looker;
  net::request_view request;
  request.method = method;
  intent wanted;
  wanted.route.rest = rest;
  wanted.at = endpoint_of(rest);
  if (!json.empty()) {
    wanted.body = body_kind::json;
    EXPECT_FALSE(looker.look_copying(json, wanted.json)) << json;
  }
  const auto found = named_objects(request, wanted);
  std::string out;
  for (const auto& each : *found)
    out += std::string{to_string(each.what)} + ":" + each.id + ":" + std::string{each.member} + " ";
  return out;
}

TEST(named_objects, are_in_the_path_and_in_the_body) {
  EXPECT_EQ(named("responses/resp_1", "", "GET"), "response:resp_1: ");
  EXPECT_EQ(named("responses", R"({"previous_response_id":"resp_1"})"), "response:resp_1:previous_response_id ");
  EXPECT_EQ(named("responses", R"({"conversation":"conv_1"})"), "conversation:conv_1:conversation ");
  EXPECT_EQ(named("responses", R"({"conversation":{"id":"conv_1"}})"), "conversation:conv_1:conversation ");
  EXPECT_EQ(named("responses", R"({"conversation":17})"), "conversation::conversation ") << "which is nobody's";
  EXPECT_EQ(named("responses/compact", R"({"previous_response_id":"resp_1"})"),
            "response:resp_1:previous_response_id ");
  EXPECT_EQ(named("something/new", R"({"previous_response_id":"resp_1"})"), "response:resp_1:previous_response_id ");
  EXPECT_EQ(named("responses", R"({"input":"x","previous_response_id":null})"), "");
  EXPECT_EQ(named("chat/completions", R"({"conversation":"conv_1"})"), "conversation:conv_1:conversation ")
      << "a deployment may have another path, and servers translate";
  EXPECT_EQ(named("chat/completions", R"({"conversation":{"id":"a","ID":"b"}})"), "conversation::conversation ");
  EXPECT_EQ(named("chat/completions", R"({"conversation":[{"role":"user"}]})"), "") << "which is no id";
}

TEST(named_objects, cannot_be_read_where_the_body_is_no_json) {
  net::request_view request;
  request.method = "POST";
  intent wanted;
  wanted.body = body_kind::multipart;
  for (const auto* rest : {"responses/compact", "conversations"}) {
    wanted.route.rest = rest;
    EXPECT_FALSE(named_objects(request, wanted)) << rest;
  }
  wanted.route.rest = "videos";
  EXPECT_TRUE(named_objects(request, wanted)) << "whose forms name no video";
}

} // namespace
} // namespace logos::ingress
