// SPDX-License-Identifier: MIT
#include "simulator/answer.hpp"
#include "simulator/text.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace logos::simulator {
namespace {

prompt read(std::string_view body, dialect d = dialect::openai) {
  simdjson::dom::parser parser;
  auto p = read_prompt(parser, body, d, 1);
  EXPECT_TRUE(p) << body;
  return p ? *p : prompt{};
}

TEST(text, the_same_prompt_and_seed_give_the_same_answer) {
  const auto p = read(R"({"messages":[{"role":"user","content":"hello"}]})");
  const model_spec m{.name = "m"};
  EXPECT_EQ(compose(p, m, 1)[0].joined(), compose(p, m, 1)[0].joined());
  EXPECT_NE(compose(p, m, 1)[0].joined(), compose(p, m, 2)[0].joined());
}

TEST(text, an_answer_is_as_long_as_was_asked_for) {
  const model_spec m{.name = "m", .answer_tokens = 20};
  auto p = read(R"({"prompt":"x"})");
  EXPECT_EQ(compose(p, m, 1)[0].pieces.size(), 20U);
  EXPECT_EQ(compose(p, m, 1)[0].finish, "stop");
  p.max_tokens = 5;
  EXPECT_EQ(compose(p, m, 1)[0].pieces.size(), 5U);
  EXPECT_EQ(compose(p, m, 1)[0].finish, "length");
  p = read(R"({"prompt":"x","max_tokens":300,"ignore_eos":true})");
  EXPECT_EQ(compose(p, m, 1)[0].pieces.size(), 300U);
}

TEST(text, an_answer_ends_before_a_stop_sequence) {
  const model_spec m{.name = "m", .answer_tokens = 30};
  auto p = read(R"({"prompt":"x"})");
  const auto whole = compose(p, m, 1)[0].joined();
  p.stop = {whole.substr(25, 7), "never said"};
  const auto cut = compose(p, m, 1)[0];
  EXPECT_EQ(cut.joined(), whole.substr(0, whole.find(p.stop[0])));
  EXPECT_EQ(cut.finish, "stop");
}

TEST(text, content_parts_and_options_are_read) {
  const auto p = read(R"({"model":"m","messages":[{"role":"system","content":"be brief"},
      {"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:"}}]}],
      "options":{"num_predict":7,"stop":["a","b"]},"keep_alive":"10m"})",
                      dialect::ollama);
  EXPECT_TRUE(p.stream) << "Ollama streams unless told otherwise";
  EXPECT_EQ(p.last_user, "look");
  EXPECT_EQ(p.max_tokens, 7U);
  EXPECT_EQ(p.stop.size(), 2U);
  EXPECT_EQ(p.keep_alive, std::chrono::minutes{10});
}

TEST(text, a_tool_is_called_when_the_prompt_or_the_choice_asks_for_it) {
  const std::string tools = R"("tools":[{"type":"function","function":{"name":"weather","parameters":
      {"type":"object","properties":{"city":{"enum":["Munich"]},"days":{"type":"integer","minimum":3,"maximum":3}}}}}])";
  EXPECT_FALSE(read(R"({"messages":[{"role":"user","content":"hi"}],)" + tools + "}").call);
  const auto p = read(R"({"messages":[{"role":"user","content":"call it"}],)" + tools + "}");
  ASSERT_TRUE(p.call);
  EXPECT_EQ(p.call->arguments, R"({"city":"Munich","days":3})");
  EXPECT_TRUE(read(R"({"tool_choice":"required","messages":[],)" + tools + "}").call);
  EXPECT_FALSE(read(R"({"tool_choice":"none","messages":[{"role":"user","content":"call"}],)" + tools + "}").call);
  EXPECT_FALSE(
      read(R"({"messages":[{"role":"user","content":"call"},{"role":"tool","content":"3"}],)" + tools + "}").call);
}

TEST(text, a_json_schema_is_followed_through_references) {
  const auto p = read(R"({"messages":[],"response_format":{"type":"json_schema","json_schema":{"schema":
      {"type":"object","properties":{"at":{"$ref":"#/$defs/place"},"list":{"type":"array","items":{"const":7}}},
       "$defs":{"place":{"anyOf":[{"const":"here"}]}}}}}})");
  EXPECT_EQ(p.json, R"({"at":"here","list":[7]})");
}

TEST(text, a_schema_that_refers_to_itself_ends) {
  const auto p =
      read(R"({"prompt":"x","format":{"type":"object","properties":{"next":{"$ref":"#"}}}})", dialect::ollama);
  ASSERT_TRUE(p.json);
  EXPECT_LT(p.json->size(), 1000U);
}

TEST(text, bodies_that_are_not_objects_are_refused) {
  simdjson::dom::parser parser;
  for (const auto* body : {"", "{", "[]", "1", "{\"model\":3}", "{\"messages\":{}}", "{\"n\":0}"})
    EXPECT_FALSE(read_prompt(parser, body, dialect::openai, 1)) << body;
}

TEST(text, embeddings_have_length_one_and_differ_by_text) {
  const auto a = embedding("a", 1, 256), b = embedding("b", 1, 256);
  double squares = 0;
  for (const auto value : a)
    squares += static_cast<double>(value) * static_cast<double>(value);
  EXPECT_NEAR(std::sqrt(squares), 1.0, 1e-5);
  EXPECT_EQ(a, embedding("a", 1, 256));
  EXPECT_NE(a, b);
}

TEST(text, base64_pads) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(text, pieces_never_cut_a_character) {
  const std::string text = "aäöüß€漢字😀 end";
  std::string joined;
  for (const auto& piece : pieces_of(text)) {
    EXPECT_NE(static_cast<unsigned char>(piece[0]) & 0xc0, 0x80);
    joined += piece;
  }
  EXPECT_EQ(joined, text);
}

TEST(text, form_fields_are_found) {
  const std::string body = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b--\r\n";
  EXPECT_EQ(form_field(body, "model"), "whisper-1");
  EXPECT_EQ(form_field(body, "file"), "");
}

} // namespace
} // namespace logos::simulator
