// SPDX-License-Identifier: MIT
#include "net/usage_addition.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace logos::net {
namespace {

std::optional<std::string> members(const answer_facts& read) {
  const auto& u = read.tokens;
  return R"("cost":)" + std::to_string(u.prompt_tokens + 10 * u.completion_tokens) + R"(,"cost_currency":"EUR")";
}

/// What comes out when `text` comes in pieces of `step` bytes.
std::string passed(content_kind kind, std::string_view text, std::size_t step) {
  usage_addition addition{kind, members};
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += step) {
    addition.taken();
    addition.feed(text.substr(at, step));
    out += addition.ready();
  }
  addition.taken();
  addition.finish();
  return out += addition.ready();
}

TEST(usage_addition, adds_to_the_usage_of_a_whole_answer_and_changes_nothing_else) {
  const std::string text = R"({ "choices":[{"message":{"content":"\"usage\":{\"prompt_tokens\":9}"}}],
    "usage" : {"prompt_tokens":3, "completion_tokens":4 } , "x":[1.0e1]})";
  const std::string wanted = R"({ "choices":[{"message":{"content":"\"usage\":{\"prompt_tokens\":9}"}}],
    "usage" : {"prompt_tokens":3, "completion_tokens":4 ,"cost":43,"cost_currency":"EUR"} , "x":[1.0e1]})";
  for (const std::size_t step : {1U, 7U, 1000U})
    EXPECT_EQ(passed(content_kind::json, text, step), wanted);
}

TEST(usage_addition, adds_to_the_events_of_a_stream_that_have_a_usage) {
  const std::string before =
      "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":{\"}}],\"usage\":null}\n\n: hm\n\n";
  const std::string text =
      before + "event: x\r\ndata: {\"response\":{\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}}\r\n\r\n"
               "data: [DONE]\n\n";
  const std::string wanted =
      before + "event: x\r\ndata: {\"response\":{\"usage\":{\"input_tokens\":3,\"output_tokens\":4,\"cost\":43,"
               "\"cost_currency\":\"EUR\"}}}\r\n\r\ndata: [DONE]\n\n";
  for (std::size_t step = 1; step < 40; ++step)
    EXPECT_EQ(passed(content_kind::sse, text, step), wanted) << step;
  EXPECT_EQ(passed(content_kind::sse, text, 1000), wanted);
}

TEST(usage_addition, counts_over_the_events_that_tell_a_part_each) {
  const auto out = passed(content_kind::sse,
                          "data: {\"message\":{\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n"
                          "data: {\"usage\":{\"output_tokens\":5}}\n\n",
                          1000);
  EXPECT_NE(out.find(R"({"output_tokens":5,"cost":57,)"), std::string::npos) << out;
}

TEST(usage_addition, takes_the_place_of_what_the_provider_says_of_its_cost) {
  const std::pair<std::string, std::string> objects[] = {
      {R"({"prompt_tokens":3,"cost":0.5})", R"({"prompt_tokens":3,"cost":3,"cost_currency":"EUR"})"},
      {R"({ "cost" : 0.5 , "prompt_tokens":3 })", R"({ "prompt_tokens":3 ,"cost":3,"cost_currency":"EUR"})"},
      {R"({"cost":{"a,}":[1,2]},"cost_currency":"US\"D,","prompt_tokens":3,"cost_details":{"cost":1}})",
       R"({"prompt_tokens":3,"cost_details":{"cost":1},"cost":3,"cost_currency":"EUR"})"},
      {R"({"prompt_tokens":3,"x":"cost","y":"\"cost\":1"})",
       R"({"prompt_tokens":3,"x":"cost","y":"\"cost\":1","cost":3,"cost_currency":"EUR"})"},
  };
  for (const auto& [from, to] : objects) {
    const auto whole = [](const std::string& usage) {
      return R"({"cost":[{"cost":1}],"usage":)" + usage + ",\"b\":2}\n";
    };
    const auto stream = [](const std::string& usage) {
      return "event: \"\n: \"cost\"\ndata: {\"response\":{\"cost\":1,\"usage\":" + usage + "}}\n\ndata: [DONE]\n\n";
    };
    for (const std::size_t step : {1U, 1000U}) {
      EXPECT_EQ(passed(content_kind::json, whole(from), step), whole(to));
      EXPECT_EQ(passed(content_kind::sse, stream(from), step), stream(to));
    }
  }
}

TEST(usage_addition, adds_nothing_to_what_an_answer_repeats_of_its_request) {
  const std::string fake = R"({"usage":{"input_tokens":1,"output_tokens":1}})";
  const auto answer = [&](const std::string& added) {
    return R"({"metadata":)" + fake + R"(,"usage":{"input_tokens":3,"output_tokens":4)" + added + R"(},"tools":[)" +
           fake + "]}";
  };
  const std::string cost = R"(,"cost":43,"cost_currency":"EUR")";
  const auto event = [&](const std::string& added) {
    return R"(data: {"type":"response.completed","response":)" + answer(added) + R"(,"x":)" + fake + "}\n\n";
  };
  for (const std::size_t step : {1U, 7U, 1000U}) {
    EXPECT_EQ(passed(content_kind::json, answer(""), step), answer(cost));
    EXPECT_EQ(passed(content_kind::sse, event(""), step), event(cost));
  }
  const auto created = R"(data: {"type":"response.created","response":{"metadata":)" + fake + "}}\n\n";
  EXPECT_EQ(passed(content_kind::sse, created, 1000), created);
}

TEST(usage_addition, leaves_the_providers_cost_where_there_is_no_price) {
  usage_addition addition{content_kind::json, [](const answer_facts&) { return std::nullopt; }};
  const std::string text = R"({"usage":{"prompt_tokens":1,"cost":0.5}})";
  addition.feed(text);
  addition.finish();
  EXPECT_EQ(addition.ready(), text);
}

TEST(usage_addition, takes_away_what_the_provider_says_where_the_cost_is_not_known_yet) {
  const auto without = [](std::string_view text) {
    usage_addition addition{content_kind::sse, [](const answer_facts&) { return std::string{}; }};
    addition.feed(text);
    addition.finish();
    return std::string{addition.ready()};
  };
  const auto event = [](const std::string& usage) { return "data: {\"x\":1,\"usage\":" + usage + "}\n\n"; };
  EXPECT_EQ(without(event(R"({"prompt_tokens":1,"cost":0.5})")), event(R"({"prompt_tokens":1})"));
  EXPECT_EQ(without(event(R"({"cost":0.5,"prompt_tokens":1})")), event(R"({"prompt_tokens":1})"));
  EXPECT_EQ(without(event(R"({"prompt_tokens":1})")), event(R"({"prompt_tokens":1})"));
}

TEST(usage_addition, asks_what_a_whole_answer_costs_whose_counts_are_not_believed) {
  std::uint64_t text = 0;
  usage_addition addition{content_kind::json, [&](const answer_facts& read) {
                            EXPECT_FALSE(read.tokens.seen);
                            text = read.text_bytes;
                            return std::string{R"("cost":7)"};
                          }};
  addition.feed(R"({"choices":[{"message":{"content":"Hello"}}],"usage":{"prompt_tokens":-1}})");
  addition.finish();
  EXPECT_EQ(text, 5U);
  EXPECT_EQ(addition.ready(), R"({"choices":[{"message":{"content":"Hello"}}],"usage":{"prompt_tokens":-1,"cost":7}})");
}

TEST(usage_addition, lets_a_list_go_on_as_it_comes_and_leaves_googles_usage_alone) {
  const std::string one = R"({"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}})";
  usage_addition addition{content_kind::json, members};
  addition.feed("\n");
  addition.feed("[" + one);
  EXPECT_EQ(addition.ready(), "\n[" + one) << "it may be a stream";
  addition.taken();
  addition.feed("]");
  addition.finish();
  EXPECT_EQ(addition.ready(), "]");
  EXPECT_EQ(passed(content_kind::json, one, 7), one);
  EXPECT_EQ(passed(content_kind::sse, "data: " + one + "\n\n", 7), "data: " + one + "\n\n");
}

TEST(usage_addition, leaves_alone_what_it_has_nothing_to_say_of) {
  for (const std::string text :
       {R"({"usage":null})", R"({"a":1})", R"({"usage":{"x":1}})", "not JSON", R"({"usage":{"prompt_tokens":1)"})
    EXPECT_EQ(passed(content_kind::json, text, 5), text);
  const std::string long_one = R"({"text":")" + std::string(2 << 20, 'x') + R"(","usage":{"prompt_tokens":1}})";
  EXPECT_EQ(passed(content_kind::json, long_one, 65536), long_one);
  const std::string cut = "data: {\"usage\":{\"prompt_tokens\":1";
  EXPECT_EQ(passed(content_kind::sse, cut, 3), cut);
}

} // namespace
} // namespace logos::net
