// SPDX-License-Identifier: MIT
#include "actors/tokenizing/answers.hpp"
#include "tests/support/fake_exchange.hpp"
#include "tests/support/small_catalog.hpp"
#include "tokenization/encoding.hpp"

#include <gtest/gtest.h>

namespace logos::tokenizing {
namespace {

using core::ec;

boost::system::result<std::string, core::failure> ask(std::string_view operation, std::string_view body,
                                                      std::int64_t process_id = 1,
                                                      const catalog::snapshot* in = tests::small_catalog().get()) {
  const auto x = tests::make_exchange("POST", "/extras/" + std::string{operation}, {}, body);
  return answer(x->request(), in, process_id);
}

std::string good(std::string_view operation, std::string_view body) {
  const auto got = ask(operation, body);
  return got ? *got : got.error().message;
}

core::failure bad(std::string_view operation, std::string_view body) {
  const auto got = ask(operation, body);
  return got ? core::failure{ec::none, *got} : got.error();
}

TEST(token_answers, take_texts_apart_and_put_them_together) {
  EXPECT_EQ(good("tokenize", R"({"input":"Hello world"})"), R"({"tokens":[13225,2375],"encoding":"o200k_base"})");
  EXPECT_EQ(good("tokenize/", R"({"input":"Hello world","model":"gpt-4"})"),
            R"({"tokens":[9906,1917],"encoding":"cl100k_base"})");
  EXPECT_EQ(good("tokenize", R"({"input":""})"), R"({"tokens":[],"encoding":"o200k_base"})");
  EXPECT_EQ(good("detokenize", R"({"tokens":[13225,2375]})"), R"({"text":"Hello world"})");
  EXPECT_EQ(good("detokenize", R"({"tokens":[9906,1917],"model":"gpt-3.5-turbo"})"), R"({"text":"Hello world"})");
  EXPECT_EQ(good("detokenize", R"({"tokens":[200006],"model":"gpt-oss"})"), R"({"text":"<|start|>"})");
  EXPECT_EQ(good("detokenize", R"({"tokens":[]})"), R"({"text":""})");
}

TEST(token_answers, count_texts_and_chats) {
  EXPECT_EQ(good("tokenize/count", R"({"input":"Hello world"})"),
            R"({"count":2,"exact":true,"encoding":"o200k_base"})");
  EXPECT_EQ(good("tokenize/count", R"({"input":"Hello world","model":"llama2"})"),
            R"({"count":3,"exact":false,"encoding":"o200k_base"})");
  EXPECT_EQ(good("tokenize/count", R"({"model":"gpt-4","messages":[{"role":"user","content":"Hello world"}]})"),
            R"({"count":9,"exact":true,"encoding":"cl100k_base"})");
  EXPECT_EQ(good("tokenize/count", R"({"model":null,"messages":[],"tools":[],"input":null})"),
            R"({"count":4,"exact":false,"encoding":"o200k_base"})");
}

TEST(token_answers, count_a_chat_that_comes_with_all_that_its_request_says) {
  const std::string chat = R"("model":"gpt-4","messages":[{"role":"user","content":"Hello world"}])";
  EXPECT_EQ(good("tokenize/count",
                 "{" + chat + R"(,"temperature":0.3,"stream":true,"max_tokens":10,"response_format":{"type":"text"}})"),
            good("tokenize/count", "{" + chat + "}"));
  // Beside a text there is nothing that could have been meant.
  EXPECT_EQ(bad("tokenize/count", R"({"input":"Hello world","temperature":0.3})").param, "temperature");
}

TEST(token_answers, know_a_model_of_the_catalog_by_its_alias_and_by_what_providers_call_it) {
  auto catalog = tests::small_catalog();
  // "gpt" of the catalog tells nothing; its provider's name for it does.
  catalog->deployments[2].upstream_name = "gpt-4-turbo";
  const auto ask_as = [&](std::int64_t process_id, std::string_view model) {
    const auto got =
        ask("tokenize", R"({"input":"a","model":")" + std::string{model} + "\"}", process_id, catalog.get());
    return got ? *got : got.error().param;
  };
  const std::string by_cl100k = R"({"tokens":[64],"encoding":"cl100k_base"})";
  EXPECT_EQ(ask_as(1, "gpt"), by_cl100k);
  EXPECT_EQ(ask_as(1, "gpt-alias"), by_cl100k);
  // Whoever may not use the model learns nothing of it.
  EXPECT_EQ(ask_as(2, "gpt-alias"), "model");
  EXPECT_EQ(ask_as(3, "gpt-alias"), "model");
  EXPECT_EQ(ask_as(2, "gemma-alias"), "model"); // known, but only by estimate
}

TEST(token_answers, go_without_a_catalog) {
  EXPECT_TRUE(ask("tokenize", R"({"input":"a","model":"gpt-4o"})", 1, nullptr));
}

TEST(token_answers, say_which_models_are_known_exactly) {
  for (const auto* operation : {"tokenize", "detokenize"}) {
    const auto why = bad(operation, R"({"model":"llama3"})");
    EXPECT_EQ(why.code, ec::bad_field);
    EXPECT_EQ(why.param, "model");
    EXPECT_NE(why.message.find("'llama3'"), std::string::npos);
    EXPECT_NE(why.message.find("gpt-4o"), std::string::npos);
  }
}

TEST(token_answers, refuse_what_does_not_fit_by_its_name) {
  const std::tuple<std::string_view, std::string_view, std::string_view> cases[] = {
      {"tokenize", R"({"inputs":"x"})", "inputs"},
      {"tokenize", R"({"input":"x","tools":[]})", "tools"},
      {"tokenize", R"({"input":["x"]})", "input"},
      {"tokenize", "{}", "input"},
      {"tokenize", R"({"input":"x","model":1})", "model"},
      {"detokenize", "{}", "tokens"},
      {"detokenize", R"({"tokens":"1"})", "tokens"},
      {"detokenize", R"({"tokens":[1,-1]})", "tokens[1]"},
      {"detokenize", R"({"tokens":[1.5]})", "tokens[0]"},
      {"detokenize", R"({"tokens":[199998]})", "tokens[0]"},
      {"detokenize", R"({"tokens":[4294967296]})", "tokens[0]"},
      {"detokenize", R"({"tokens":[18446744073709551615]})", "tokens[0]"},
      {"tokenize/count", "{}", "input"},
      {"tokenize/count", R"({"input":"x","messages":[]})", "input"},
      {"tokenize/count", R"({"input":"x","tools":[]})", "tools"},
      {"tokenize/count", R"({"messages":"x"})", "messages"},
      {"tokenize/count", R"({"messages":null})", "messages"},
      {"tokenize/count", R"({"messages":[],"tools":"x"})", "tools"},
      {"tokenize/count", R"({"messages":[{"role":"user"},{}]})", "messages[1].role"},
  };
  for (const auto& [operation, body, param] : cases) {
    const auto why = bad(operation, body);
    EXPECT_EQ(why.code, ec::bad_field) << operation << " " << body;
    EXPECT_EQ(why.param, param) << operation << " " << body;
  }
  EXPECT_NE(bad("tokenize", R"({"inputs":"x"})").message.find("'input'"), std::string::npos);
  for (const std::string_view body : {"", "[]", "{", R"({"input":"a","input":"b"})", "{\"input\":\"\xff\"}"})
    EXPECT_EQ(bad("tokenize", body).code, ec::bad_json) << body;
}

TEST(token_answers, list_no_more_than_can_be_kept_but_count_it) {
  constexpr std::size_t most = std::size_t{4} << 20;
  std::string text;
  while (text.size() < most + 1)
    text += "The end. ";
  const auto body = [&](std::size_t size) { return R"({"input":")" + text.substr(0, size) + "\"}"; };
  EXPECT_EQ(bad("tokenize", body(most)).code, ec::none);
  EXPECT_EQ(bad("tokenize", body(most + 1)).code, ec::body_too_large);
  EXPECT_EQ(bad("tokenize/count", body(most + 1)).code, ec::none);
  const auto spaces = std::to_string(tokenization::o200k_base().encode(std::string(128, ' ')).at(0));
  std::string tokens = spaces;
  for (std::size_t i = 1; i < most / 128; ++i)
    tokens += "," + spaces;
  EXPECT_EQ(bad("detokenize", R"({"tokens":[)" + tokens + "]}").code, ec::none);
  EXPECT_EQ(bad("detokenize", R"({"tokens":[)" + tokens + ",1]}").code, ec::body_too_large);
}

} // namespace
} // namespace logos::tokenizing
