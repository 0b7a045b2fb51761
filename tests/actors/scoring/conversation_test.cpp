// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/conversation.hpp"

#include <gtest/gtest.h>

#include <string>

namespace logos::classification {
namespace {

conversation read(conversation_reader& reader, std::string_view body) {
  const auto got = reader.read_copying(body);
  EXPECT_TRUE(got) << body;
  return got ? *got : conversation{};
}

TEST(conversation, of_a_chat_is_its_last_question_the_one_before_and_the_last_system_message) {
  conversation_reader reader;
  const auto c = read(reader, R"({"model":"x","messages":[
    {"role":"system","content":"You are terse."},
    {"role":"user","content":"Sort this list."},
    {"role":"assistant","content":"Done."},
    {"content":[{"type":"text","text":"And in"},{"text":"Rust?","type":"text"}],"role":"user"}]})");
  EXPECT_EQ(c.question, "And in Rust?");
  EXPECT_EQ(c.before, "Sort this list.");
  EXPECT_EQ(c.system, "You are terse.");
  EXPECT_EQ(c.turns, 2U);
  EXPECT_EQ(c.bytes, 14U + 15U + 5U + 6U + 5U);
}

TEST(conversation, of_the_other_apis_is_read_too) {
  conversation_reader reader;
  const auto response = read(reader, R"({"instructions":"Be brief","input":[{"type":"message","role":"user",
    "content":[{"type":"input_text","text":"Why?"},{"type":"input_image","image_url":"data:,x"}]},
    {"type":"function_call_output","call_id":"1","output":"42"}]})");
  EXPECT_EQ(response.question, "Why?");
  EXPECT_EQ(response.system, "Be brief");
  EXPECT_EQ(response.images, 1U);
  EXPECT_EQ(read(reader, R"({"input":"plain"})").question, "plain");
  EXPECT_EQ(read(reader, R"({"prompt":"once upon"})").question, "once upon");
  EXPECT_EQ(read(reader, R"({"prompt":["one","two"]})").question, "one two");
  EXPECT_EQ(read(reader, R"({"prompt":[1,2,3]})").question, "");
  const auto anthropic = read(reader, R"({"messages":[{"role":"user","content":"Hi"}],
    "system":[{"type":"text","text":"You are a pirate"}]})");
  EXPECT_EQ(anthropic.system, "You are a pirate");
  EXPECT_EQ(anthropic.question, "Hi");
}

TEST(conversation, tells_what_an_answer_must_be_able_to_do) {
  conversation_reader reader;
  const auto c = read(reader, R"({"tools":[{"type":"function"},{"type":"function"}],"tool_choice":"required",
    "response_format":{"type":"json_schema","json_schema":{"type":"object"}},"messages":[{"role":"user","content":[
    {"type":"image_url","image_url":{"url":"data:,"}},{"type":"input_audio","input_audio":{}},{"type":"file","file":{}}]}]})");
  EXPECT_EQ(c.tools, 2U);
  EXPECT_TRUE(c.tool_demanded);
  EXPECT_TRUE(c.json_schema);
  EXPECT_TRUE(c.json_object);
  EXPECT_EQ(c.images, 1U);
  EXPECT_EQ(c.sounds, 1U);
  EXPECT_EQ(c.files, 1U);
  EXPECT_TRUE(read(reader, R"({"text":{"format":{"type":"json_schema","schema":{"type":"string"}}}})").json_schema);
  EXPECT_FALSE(read(reader, R"({"text":{"format":{"type":"text"}}})").json_object);
  EXPECT_FALSE(read(reader, R"({"tool_choice":"auto"})").tool_demanded);
}

TEST(conversation, has_its_escapes_resolved) {
  conversation_reader reader;
  const auto c = read(reader, R"({"input":"a\n\"b\" \u00e9\ud83d\ude00\\"})");
  EXPECT_EQ(c.question, "a\n\"b\" \u00e9\U0001F600\\");
}

TEST(conversation, of_a_long_text_has_the_beginning_and_the_end) {
  conversation_reader reader;
  const auto text = "begin" + std::string(200'000, 'x') + "end";
  const auto c = read(reader, R"({"input":")" + text + R"("})");
  EXPECT_TRUE(c.question.starts_with("beginx"));
  EXPECT_TRUE(c.question.ends_with("xend"));
  EXPECT_LE(c.question.size(), text_limit + 2);
  EXPECT_GE(c.question.size(), text_limit - 2);
  EXPECT_EQ(c.bytes, text.size());
}

TEST(conversation, of_a_text_up_to_the_limit_is_whole_however_it_is_parted) {
  conversation_reader reader;
  for (const std::size_t piece : {1U, 7U, 1000U, 24'576U}) {
    std::string body = R"({"messages":[{"role":"user","content":[)", expected;
    while (expected.size() + 2 * piece + 4 < text_limit / 2) {
      if (!expected.empty()) body += ',', expected += ' ';
      const std::string text(piece, 'p');
      body += R"({"type":"text","text":"\n)" + text + "\"}";
      expected += "\n" + text;
      if (expected.size() > 3000 && piece == 1) break;
    }
    body += "]}]}";
    EXPECT_EQ(read(reader, body).question, expected) << piece;
  }
}

TEST(conversation, nothing_that_is_no_json_object_is_read) {
  conversation_reader reader;
  for (const auto* body : {"", "[]", "1", "{", R"({"messages":[)", R"({"messages":[{"role":"user)", "{\"a\":\"\xff\"}",
                           R"({"messages":[{"role":"user","content":"x"}])", R"({"input":"x)"})
    EXPECT_FALSE(reader.read_copying(body)) << body;
  EXPECT_EQ(read(reader, R"({"messages":null,"tools":7,"response_format":"json","input":false})").question, "")
      << "what the APIs do not have is passed by";
  EXPECT_EQ(read(reader, R"({"messages":[{"role":"user","content":"still fine"}]})").question, "still fine");
}

} // namespace
} // namespace logos::classification
