// SPDX-License-Identifier: MIT
#include "actors/classification/checks/told_answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace logos::checks {
namespace {

using ingress::endpoint;
using net::content_kind;

told_answer of_json(endpoint at, std::string_view text) { return read_answer(at, content_kind::json, text); }
told_answer of_events(endpoint at, std::string_view text) { return read_answer(at, content_kind::sse, text); }

TEST(told_answer, reads_a_chat_completion) {
  const auto a = of_json(endpoint::chat, R"({"choices":[{"index":0,"finish_reason":"length","message":{"role":)"
                                         R"("assistant","content":"Hi \"you\""},"logprobs":{"content":[{"token":"Hi",)"
                                         R"("logprob":-0.5},{"token":"x","logprob":-1.5}]}}]})");
  EXPECT_TRUE(a.readable && a.finished && a.cut);
  EXPECT_EQ(a.text, "Hi \"you\"");
  EXPECT_EQ(a.logprobs, 2U);
  EXPECT_DOUBLE_EQ(a.logprob_sum, -2.0);
  EXPECT_FALSE(a.calls() || a.filtered);
}

TEST(told_answer, reads_parts_calls_and_refusals_of_a_chat) {
  const auto a =
      of_json(endpoint::chat, R"({"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}],)"
                              R"("refusal":"no","tool_calls":[{"function":{"name":"f","arguments":"{}"}},)"
                              R"({"function":{"name":"g","arguments":"{\"a\":1"}}]},"finish_reason":)"
                              R"("content_filter"}]})");
  EXPECT_EQ(a.text, "ab");
  EXPECT_EQ(a.refusal, "no");
  EXPECT_TRUE(a.filtered);
  EXPECT_EQ(a.arguments, (std::vector<std::string>{"{}", "{\"a\":1"}));
}

TEST(told_answer, is_that_of_the_first_choice) {
  const auto a = of_json(endpoint::chat, R"({"choices":[{"index":0,"message":{"content":"one"}},{"index":1,"message":)"
                                         R"({"content":"two","refusal":"no"},"finish_reason":"length"}]})");
  EXPECT_EQ(a.text, "one");
  EXPECT_FALSE(a.cut);
  EXPECT_EQ(a.refusal, "");
}

TEST(told_answer, puts_the_pieces_of_a_stream_together) {
  const std::string events = R"(: hello

data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}

data: {"choices":[{"index":0,"delta":{"content":"Hel"},"logprobs":{"content":[{"logprob":-0.1}]}}]}

data: {"choices":[{"index":1,"delta":{"content":"other"}}]}

data: {"choices":[{"index":0,"delta":{"content":"lo","tool_calls":[{"index":1,"function":{"arguments":"{\"b\""}},{"index":0,"function":{"arguments":"{"}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]},"finish_reason":"tool_calls"}]}

data: [DONE]

)";
  const auto a = of_events(endpoint::chat, events);
  EXPECT_EQ(a.text, "Hello");
  EXPECT_EQ(a.logprobs, 1U);
  EXPECT_EQ(a.arguments, (std::vector<std::string>{"{\"b\"", "{}"}));
  EXPECT_TRUE(a.finished);
  EXPECT_FALSE(of_events(endpoint::chat, events.substr(0, 300)).finished);
}

TEST(told_answer, reads_responses_whole_and_streamed) {
  const std::string whole =
      R"({"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"reasoning"},)"
      R"({"type":"message","content":[{"type":"output_text","text":"Hi","logprobs":[{"logprob":-1}]},{"type":"refusal",)"
      R"("refusal":"no"}]},{"type":"function_call","arguments":"{}"}]})";
  for (const auto& a :
       {of_json(endpoint::responses, whole),
        of_events(endpoint::responses, "data: {\"type\":\"response.output_text.delta\",\"delta\":\"H\"}\n\n"
                                       "data: {\"type\":\"response.incomplete\",\"response\":" +
                                           whole + "}\n\n")}) {
    EXPECT_EQ(a.text, "Hi");
    EXPECT_EQ(a.refusal, "no");
    EXPECT_EQ(a.arguments.size(), 1U);
    EXPECT_EQ(a.logprobs, 1U);
    EXPECT_TRUE(a.cut && a.finished && a.readable);
  }
  const auto begun =
      of_events(endpoint::responses, "data: {\"type\":\"response.output_text.delta\",\"delta\":\"H\"}\n\n");
  EXPECT_EQ(begun.text, "H");
  EXPECT_FALSE(begun.finished);
  EXPECT_FALSE(of_json(endpoint::responses, R"({"status":"queued","output":[]})").readable);
}

TEST(told_answer, reads_messages_whole_and_streamed) {
  const auto whole =
      of_json(endpoint::messages, R"({"content":[{"type":"text","text":"Hi"},{"type":"tool_use","input":)"
                                  R"({"a":1}}],"stop_reason":"max_tokens"})");
  EXPECT_EQ(whole.text, "Hi");
  EXPECT_EQ(whole.arguments, std::vector<std::string>{R"({"a":1})"});
  EXPECT_TRUE(whole.cut);
  EXPECT_TRUE(of_json(endpoint::messages, R"({"content":[],"stop_reason":"refusal"})").filtered);
  const auto streamed = of_events(
      endpoint::messages,
      "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
      "\"text\",\"text\":\"\"}}\n\n"
      "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n"
      "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"input\":{}}}\n\n"
      "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":"
      "\"{\\\"a\\\"\"}}\n\n"
      "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n");
  EXPECT_EQ(streamed.text, "Hi");
  EXPECT_EQ(streamed.arguments, std::vector<std::string>{"{\"a\""});
  EXPECT_TRUE(streamed.finished);
}

TEST(told_answer, is_not_readable_when_it_is_something_else) {
  for (const auto* const text : {"", "no json", "[]", "7", R"({"error":{"message":"x"}})", R"({"choices":7})",
                                 R"({"choices":[]})", R"({"object":"list","data":[]})"})
    for (const auto at : {endpoint::chat, endpoint::responses, endpoint::messages}) {
      EXPECT_FALSE(of_json(at, text).readable) << text;
      EXPECT_FALSE(of_events(at, "data: " + std::string{text} + "\n\n").readable) << text;
    }
}

TEST(told_answer, survives_members_of_other_types) {
  for (const auto* const text :
       {R"({"choices":[7,null,{"message":7},{"message":{"content":{"a":1},"tool_calls":{"x":1}},"logprobs":[1]}]})",
        R"({"output":[7,{"type":"message","content":7}],"incomplete_details":7})",
        R"({"content":[7,{"type":"tool_use"}],"stop_reason":7})"})
    for (const auto at : {endpoint::chat, endpoint::responses, endpoint::messages}) {
      static_cast<void>(of_json(at, text));
      static_cast<void>(of_events(at, "data: " + std::string{text} + "\n\n"));
    }
}

} // namespace
} // namespace logos::checks
