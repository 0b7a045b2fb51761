// SPDX-License-Identifier: MIT
#include "net/json_look.hpp"
#include "net/name_fold.hpp"
#include "tests/net/padded.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

using core::ec;
using test::padded;

core::failure failure_of(std::string_view body) {
  json_looker looker;
  json_look found;
  const padded p{body};
  auto wrong = looker.look(p.view(), found);
  return wrong ? std::move(*wrong) : core::failure{};
}

json_look look(std::string_view body) {
  json_looker looker;
  json_look found;
  const padded p{body};
  const auto wrong = looker.look(p.view(), found);
  EXPECT_FALSE(wrong) << body << ": " << wrong->message;
  found.model_plain = {};
  return found;
}

bool remembers_part(const std::string& part) {
  return look(R"({"messages":[{"role":"user","content":[)" + part + "]}]}").remembers;
}

TEST(json_names, that_differ_from_ours_only_in_case_are_refused) {
  const std::vector<std::string> members{R"("Model":"b")",
                                         R"("MODEL":"b")",
                                         R"("m\u004fdel":"b")",
                                         R"("MAX_TOKENS":5)",
                                         R"("ſtream":true)",
                                         R"("max_toKens":5)",
                                         R"("Max_Completion_Tokens":5)",
                                         R"("\u017ftream":true)",
                                         R"("N":9)",
                                         R"("Best_Of":9)",
                                         R"("N_Predict":9)",
                                         R"("max_to\u212Aens":5)",
                                         R"("Prompt":["a","b"])",
                                         R"("Messages":[])",
                                         R"("Tools":[])",
                                         R"("max_to)"
                                         "\xe2\x84\xaa"
                                         R"(ens":5)",
                                         R"("Timeout_s":5)",
                                         R"("Conversation":"c")"};
  for (const auto& m : members) {
    const auto wrong = failure_of(R"({"model":"a",)" + m + "}");
    EXPECT_EQ(wrong.code, ec::bad_field) << m;
    EXPECT_NE(wrong.message.find("only in its letters' case"), std::string::npos) << wrong.message;
  }
  EXPECT_NE(failure_of(R"({"Model":"a"})").message.find("send 'model'"), std::string::npos);
}

TEST(json_names, that_only_look_alike_are_somebody_elses) {
  for (const std::string m : {R"("Models":1)", R"("modéle":1)", R"("MODEL_ID":1)", R"("User":"Model")", R"("NN":1)",
                              R"("metadata":{"Model":"x","N":2})", R"("ß":1)"})
    EXPECT_EQ(failure_of("{" + m + "}").code, ec::none) << m;
  EXPECT_EQ(failure_of(R"({"tools":[{"type":"function","function":{"parameters":{"Type":"x","URL":1}}}]})").code,
            ec::none)
      << "a tool's own parameters may have any name";
}

TEST(json_names, in_nested_objects_that_are_read_are_refused_too) {
  EXPECT_EQ(failure_of(R"({"stream_options":{"Include_Usage":false}})").code, ec::bad_field);
  for (const std::string part :
       {R"({"Image_url":{"url":"http://x"}})", R"({"image_url":{"URL":"http://x"}})", R"({"Source":{"type":"url"}})",
        R"({"file":{"File_ID":"f"}})", R"({"\u0046ile_id":"f"})"})
    EXPECT_EQ(failure_of(R"({"messages":[{"role":"user","content":[)" + part + "]}]}").code, ec::bad_field) << part;
  EXPECT_EQ(failure_of(R"({"messages":[{"role":"user","Content":"x"}]})").code, ec::bad_field);
  EXPECT_EQ(failure_of(R"({"tools":[{"Type":"web_search"}]})").code, ec::bad_field);
}

TEST(json_names, are_folded_as_go_folds_them) {
  EXPECT_EQ(folded("MaX_to\xe2\x84\xaa"
                   "en\xc5\xbf"),
            "max_tokens");
  EXPECT_EQ(folded("\xc3\x84"), "\xc3\x84");
}

TEST(json_look, what_the_provider_adds_to_a_prompt_is_seen) {
  for (const std::string body :
       {R"({"previous_response_id":"r"})", R"({"conversation":{"id":"c"}})", R"({"prompt":{"id":"p"}})",
        R"({"tools":[{"type":"web_search"}]})", R"({"tools":[{"type":"function"},{"type":"mcp","server_url":"u"}]})",
        R"({"tools":[{"t\u0079pe":"file_search"}]})", R"({"tools":{"type":"code_interpreter"}})",
        R"({"web_search_options":{}})", R"({"data_sources":[{"type":"azure_search"}]})",
        R"({"mcp_servers":[{"url":"u"}]})", R"({"input":[{"type":"item_reference","id":"i"}]})",
        R"({"input":[{"id":"i"}]})", R"({"messages":[{"role":"assistant","audio":{"id":"audio_1"}}]})"})
    EXPECT_TRUE(look(body).remembers) << body;
  for (const std::string part :
       {R"({"type":"file","file":{"file_id":"f"}})",
        R"({"type":"input_file","file_url":"https://x"})",
        R"({"type":"input_image","file_id":"f"})",
        R"({"type":"document","source":{"type":"url","url":"https://x"}})",
        R"({"type":"document","source":{"type":"file","file_id":"f"}})",
        R"({"fi\u006ce_id":"f"})",
        R"({"type":"file","file":{"file_data":"data:application/pdf;base64,AA"}})",
        R"({"file_data":"JVBERi0"})",
        R"({"file_data":"data:text\u002c,x"})",
        R"({"source":{"media_type":"application/pdf","data":"AA"}})",
        R"({"video_url":{"url":"data:video/mp4;base64,AA"}})",
        R"({"audio_url":"https://x"})",
        R"({"type":"document_url","document_url":"https://x"})",
        R"({"document_url":{"url":"https://x"}})",
        R"({"type":"file_url","file_url":{"url":"https://x"}})",
        R"({"file_url":["https://x"]})",
        R"({"type":"file","file":"https://x"})",
        R"({"type":"file","file":{"url":"https://x"}})",
        R"({"type":"image","image":"https://x"})",
        R"({"type":"input_audio","input_audio":"https://x"})",
        R"({"type":"input_audio","input_audio":{"data":"https:\/\/x"}})",
        R"({"type":"input_audio","input_audio":{"data":"https\u003a//x"}})",
        R"({"type":"input_audio","input_audio":{"url":"https://x"}})",
        R"({"type":"document","source":{"type":"content","content":[{"type":"text","text":"x"},{"type":"image",)"
        R"("source":{"type":"url","url":"https://x"}}]}})",
        R"({"type":"document","source":{"content":{"type":"\u0069mage"},"type":"content"}})"})
    EXPECT_TRUE(remembers_part(part)) << part;
}

TEST(json_look, a_part_of_a_kind_that_is_not_known_may_be_anything) {
  for (const std::string part :
       {R"({"type":"video","video":["https://x"]})", R"({"type":"page","at":"https://x"})",
        R"({"ty\u0070e":"web_page"})", R"({"type":"tool_result","content":[{"type":"page"}]})"})
    EXPECT_TRUE(remembers_part(part)) << part;
  for (const std::string kind :
       {"text", "input_text", "output_text", "refusal", "thinking", "redacted_thinking", "tool_use", "server_tool_use"})
    EXPECT_FALSE(remembers_part(R"({"type":")" + kind + R"(","text":"x"})")) << kind;
}

TEST(json_look, tools_that_the_provider_runs_are_counted_with_their_bounds) {
  const auto found = look(R"({"tools":[{"type":"web_search_20250305","max_uses":3},{"max_uses":2,"type":"web_fetch"},)"
                          R"({"type":"function","function":{"max_uses":9}},{"type":"code_interpreter"}],)"
                          R"("max_tool_calls":7,"max_turns":4})");
  EXPECT_EQ(found.provider_tools, 3U);
  EXPECT_EQ(found.boundless_tools, 1U);
  EXPECT_EQ(found.tool_uses, 5);
  EXPECT_EQ(found.max_tool_calls, 7);
  EXPECT_EQ(found.max_turns, 4);
  EXPECT_EQ(look(R"({"mcp_servers":[{"url":"u"}],"web_search_options":{}})").boundless_tools, 2U);
  EXPECT_EQ(look(R"({"previous_response_id":"r","max_tool_calls":null})").provider_tools, 0U);
  EXPECT_EQ(look(R"({"tools":[{"type":"x","max_uses":-4}]})").tool_uses, 0);
  EXPECT_EQ(look(R"({"tools":[{"type":"x","max_uses":1e2}]})").boundless_tools, 1U) << "a bound that may not be read";
  EXPECT_EQ(failure_of(R"({"max_tool_calls":"7"})").code, ec::bad_field);
  EXPECT_EQ(failure_of(R"({"tools":[{"type":"x","Max_uses":1}]})").code, ec::bad_field);
}

TEST(json_look, what_stands_in_the_body_is_not_remembered) {
  for (const std::string body :
       {R"({"previous_response_id":null,"conversation":null,"tools":[{"type":"function","function":{}}]})",
        R"({"tools":[{"name":"f","input_schema":{"type":"object"}},{"type":"custom"}]})",
        R"({"input":[{"type":"function_call","id":"fc","arguments":"{}"},{"role":"user","id":"m","content":"x"}]})",
        R"({"prompt":"x","messages":[{"role":"user","content":"x"}]})"})
    EXPECT_FALSE(look(body).remembers) << body;
  for (const std::string part :
       {R"({"type":"file","file":{"file_data":"data:,x"}})", R"({"type":"image_url","image_url":{"url":"https://x"}})",
        R"({"source":{"type":"base64","media_type":"image/png","data":"AA"}})",
        R"({"type":"input_audio","input_audio":"UklG\u002b\/AA"})",
        R"({"type":"input_audio","input_audio":{"data":"data:audio/wav;base64,AA"}})",
        R"({"type":"document","source":{"type":"content","content":[{"type":"text","text":"https://x"}]}})",
        R"({"type":"document","source":{"type":"content","content":"https://x"}})"})
    EXPECT_FALSE(remembers_part(part)) << part;
}

} // namespace
} // namespace logos::net
