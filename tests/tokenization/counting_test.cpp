// SPDX-License-Identifier: MIT
#include "tokenization/counting.hpp"

#include <gtest/gtest.h>

#include <string>

namespace logos::tokenization {
namespace {

boost::system::result<tally, core::failure> count(const std::string& chat, std::string_view model) {
  simdjson::dom::parser parser;
  const simdjson::dom::element root = parser.parse(chat);
  simdjson::dom::element tools;
  const bool has_tools = root["tools"].get(tools) == simdjson::SUCCESS;
  return count_chat(root["messages"].get_array(), has_tools ? &tools : nullptr, find_family(model));
}

/// The chat that OpenAI's cookbook counts; it says what the API counted for it.
constexpr std::string_view cookbook = R"({"messages":[
{"role":"system","content":"You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
{"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."},
{"role":"system","name":"example_assistant","content":"Things working well together will increase revenue."},
{"role":"system","name":"example_user","content":"Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
{"role":"system","name":"example_assistant","content":"Let's talk later when we're less busy about how to do better."},
{"role":"user","content":"This late pivot means we don't have time to boil the ocean for the client deliverable."}]})";

TEST(count_chat, counts_the_cookbooks_chat_as_the_api_does) {
  for (const auto& [model, expected] :
       {std::pair{"gpt-3.5-turbo", 129U}, {"gpt-4-0613", 129U}, {"gpt-4o", 124U}, {"gpt-4o-mini", 124U}}) {
    const auto got = count(std::string{cookbook}, model);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->count, expected) << model;
    EXPECT_TRUE(got->exact) << model;
  }
}

TEST(count_chat, says_that_it_estimates) {
  const auto exact = [](const std::string& chat, std::string_view model) { return count(chat, model)->exact; };
  const std::string plain = R"({"messages":[{"role":"user","content":"Hi"}]})";
  EXPECT_TRUE(exact(plain, "gpt-4o"));
  EXPECT_FALSE(exact(plain, "gpt-5"));
  EXPECT_FALSE(exact(plain, "gpt-oss:20b"));
  EXPECT_FALSE(exact(plain, "llama3"));
  for (const auto* content : {R"([{"type":"image_url","image_url":{"url":"data:"}}])", R"([{"type":"file","file":{}}])",
                              R"([{"type":"text","text":"a"},{"type":"text","text":"b"}])"})
    EXPECT_FALSE(exact(R"({"messages":[{"role":"user","content":)" + std::string{content} + "}]}", "gpt-4o"))
        << content;
  EXPECT_TRUE(exact(R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]})", "gpt-4o"));
  EXPECT_FALSE(exact(R"({"messages":[],"tools":[{"type":"function"}]})", "gpt-4o"));
}

std::uint64_t counted(const std::string& members) {
  return count(R"({"messages":[{"role":"user",)" + members + "}]}", "gpt-4o")->count;
}

TEST(count_chat, counts_parts_and_calls) {
  const auto none = counted(R"("content":null)");
  EXPECT_EQ(none, 3U + 1 + 3);
  EXPECT_EQ(counted(R"("content":[{"type":"text","text":"Hello"}])"), none + 1);
  EXPECT_EQ(counted(R"("content":"Hello")"), none + 1);
  EXPECT_EQ(counted(R"("content":[{"type":"image_url","image_url":{"url":"x","detail":"low"}}])"), none + 85);
  EXPECT_EQ(counted(R"("content":[{"type":"image_url","image_url":{"url":"x"}}])"), none + 765);
  EXPECT_EQ(
      counted(R"("content":[{"type":"input_audio","input_audio":{"data":")" + std::string(64000, 'A') + R"("}}])"),
      none + 11);
  EXPECT_EQ(counted(R"("tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}])"),
            none + o200k_base().count(R"([{"id":"a","function":{"name":"f","arguments":"{}"}}])"));
}

TEST(count_chat, counts_tools_by_their_json) {
  const std::string tools = R"([{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}])";
  const auto got = count(R"({"messages":[],"tools":)" + tools + "}", "gpt-4o");
  EXPECT_EQ(got->count, 3 + o200k_base().count(tools));
  EXPECT_EQ(count(R"({"messages":[],"tools":null})", "gpt-4o")->count, 3U);
}

TEST(count_chat, names_what_no_chat_has) {
  const auto complains = [](const std::string& messages) {
    return count(R"({"messages":)" + messages + "}", "gpt-4o").error().param;
  };
  EXPECT_EQ(complains("[1]"), "messages[0]");
  EXPECT_EQ(complains(R"([{"role":"user"},{"content":"x"}])"), "messages[1].role");
  EXPECT_EQ(complains(R"([{"role":"user","content":7}])"), "messages[0].content");
  EXPECT_EQ(complains(R"([{"role":"user","content":["x"]}])"), "messages[0].content[0]");
  EXPECT_EQ(complains(R"([{"role":"user","content":[{"type":"text"}]}])"), "messages[0].content[0].text");
  EXPECT_EQ(complains(R"([{"role":"user","content":[{"text":"x"}]}])"), "messages[0].content[0].type");
}

TEST(count_text, rounds_estimates_up) {
  EXPECT_EQ(count_text("Hello", find_family("llama2")).count, 2U);
  EXPECT_EQ(count_text("", find_family("llama2")).count, 0U);
  EXPECT_FALSE(count_text("", find_family("llama2")).exact);
  EXPECT_TRUE(count_text("Hello", find_family("gpt-5")).exact);
}

} // namespace
} // namespace logos::tokenization
