// SPDX-License-Identifier: MIT
#include "actors/classification/checks/inspection.hpp"
#include "actors/classification/checks/refusal.hpp"
#include "core/error.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace logos::checks {
namespace {

using core::answer_check;
using ingress::endpoint;
using net::content_kind;

constexpr std::string_view plain_request = R"({"messages":[]})";

std::string chat(const std::string& content, const std::string& finish = "stop", const std::string& more = {}) {
  return R"({"choices":[{"index":0,"message":{"role":"assistant","content":)" + core::json_string(content) +
         R"(},"finish_reason":")" + finish + "\"" + more + "}]}";
}

std::string delta(const std::string& content) {
  return R"(data: {"choices":[{"index":0,"delta":{"content":)" + core::json_string(content) + "}}]}\n\n";
}

core::cascade of(core::check_set checks, std::int64_t permille = 500) { return {checks, permille, 2}; }

std::optional<answer_check> failed(core::check_set checks, std::string_view answer,
                                   std::string_view request = plain_request) {
  const auto found = inspect(of(checks), endpoint::chat, request, content_kind::json, answer, true);
  EXPECT_TRUE(found.decided);
  return found.failed;
}

TEST(inspection, finds_what_is_asked_for_and_nothing_else) {
  const auto refused = chat("I'm sorry, but I can't help with that.");
  EXPECT_EQ(failed({answer_check::refusal}, refused), answer_check::refusal);
  EXPECT_EQ(failed({answer_check::empty, answer_check::truncated}, refused), std::nullopt);
  EXPECT_EQ(failed({answer_check::refusal}, chat("", "content_filter")), answer_check::refusal);
  EXPECT_EQ(failed({answer_check::empty}, chat(" \n")), answer_check::empty);
  EXPECT_EQ(failed({answer_check::truncated}, chat("Once upon a", "length")), answer_check::truncated);
  EXPECT_EQ(failed({answer_check::refusal, answer_check::empty, answer_check::truncated}, chat("Paris.")),
            std::nullopt);
}

TEST(inspection, holds_json_against_the_requests_schema) {
  constexpr std::string_view request =
      R"({"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","required":["a"],)"
      R"("properties":{"a":{"type":"integer"}}}}}})";
  EXPECT_EQ(failed({answer_check::schema}, chat(R"({"a":1})"), request), std::nullopt);
  EXPECT_EQ(failed({answer_check::schema}, chat(R"({"a":"1"})"), request), answer_check::schema);
  EXPECT_EQ(failed({answer_check::schema}, chat(R"(Here it is: {"a":1})"), request), answer_check::schema);
  EXPECT_EQ(failed({answer_check::schema}, chat("anything")), std::nullopt) << "no format is asked for";
  constexpr std::string_view object = R"({"response_format":{"type":"json_object"}})";
  EXPECT_EQ(failed({answer_check::schema}, chat("[1]"), object), answer_check::schema);
  EXPECT_EQ(failed({answer_check::schema}, chat("{}"), object), std::nullopt);
  EXPECT_EQ(failed({answer_check::schema}, chat("x"), R"({"response_format":{"type":"text"}})"), std::nullopt);
}

TEST(inspection, knows_where_other_apis_have_the_schema) {
  constexpr std::string_view schema = R"({"type":"json_schema","name":"x","schema":{"type":"array"}})";
  for (const auto& request :
       {R"({"text":{"format":)" + std::string{schema} + "}}", R"({"output_format":)" + std::string{schema} + "}",
        R"({"output_config":{"format":)" + std::string{schema} + "}}"}) {
    EXPECT_FALSE(has_wanted_form(request, "{}")) << request;
    EXPECT_TRUE(has_wanted_form(request, "[]")) << request;
  }
}

TEST(inspection, wants_arguments_of_tools_to_be_json) {
  const auto calling = [](const std::string& arguments) {
    return R"({"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f","arguments":)" +
           core::json_string(arguments) + R"(}}]},"finish_reason":"tool_calls"}]})";
  };
  EXPECT_EQ(failed({answer_check::tools}, calling(R"({"a":1)")), answer_check::tools);
  EXPECT_EQ(failed({answer_check::tools}, calling(R"({"a":1})")), std::nullopt);
  EXPECT_EQ(failed({answer_check::tools}, calling("")), std::nullopt);
  EXPECT_EQ(failed({answer_check::empty, answer_check::refusal}, calling("{}")), std::nullopt);
  EXPECT_EQ(failed({answer_check::schema}, calling("{}"), R"({"response_format":{"type":"json_object"}})"),
            std::nullopt);
}

TEST(inspection, measures_confidence_where_there_are_probabilities) {
  const auto with = [](double p) {
    const auto odds = std::to_string(std::log(p));
    return chat("a b", "stop", R"(,"logprobs":{"content":[{"logprob":)" + odds + R"(},{"logprob":)" + odds + "}]}");
  };
  const auto check = [&](double p) {
    return inspect(of({answer_check::confidence}, 600), endpoint::chat, plain_request, content_kind::json, with(p),
                   true)
        .failed;
  };
  EXPECT_EQ(check(0.59), answer_check::confidence);
  EXPECT_EQ(check(0.61), std::nullopt);
  EXPECT_EQ(failed({answer_check::confidence}, chat("a b")), std::nullopt);
  told_answer a;
  a.logprob_sum = -2;
  a.logprobs = 2;
  EXPECT_DOUBLE_EQ(confidence_of(a).value(), std::exp(-1.0));
}

TEST(inspection, an_answer_that_cannot_be_read_has_failed_none) {
  const core::check_set all{answer_check::refusal, answer_check::schema, answer_check::confidence,
                            answer_check::tools,   answer_check::empty,  answer_check::truncated};
  for (const auto* const text : {"", "<html>", "{}", R"({"error":{"message":"I can't help with that"}})"})
    EXPECT_EQ(failed(all, text), std::nullopt) << text;
  EXPECT_TRUE(
      inspect(of(all), endpoint::embeddings, plain_request, content_kind::json, R"({"data":[]})", false).decided);
}

TEST(inspection, of_a_stream_decides_a_refusal_at_its_beginning) {
  const auto rules = of({answer_check::refusal, answer_check::empty});
  const auto look = [&](std::string_view events, bool whole = false) {
    return inspect(rules, endpoint::chat, plain_request, content_kind::sse, events, whole);
  };
  auto refused = delta("I'm sorry, ") + delta("but I can't help with that.");
  EXPECT_FALSE(look(delta("I'm sorry, ")).decided);
  EXPECT_FALSE(look(refused).decided) << "more may come that makes another sentence of it";
  EXPECT_EQ(look(refused, true).failed, answer_check::refusal);
  EXPECT_EQ(look(refused + delta(std::string(beginning_bytes, 'x'))).failed, answer_check::refusal);
  const auto good = look(delta(std::string(beginning_bytes, 'x')));
  EXPECT_TRUE(good.decided);
  EXPECT_FALSE(good.failed);
  EXPECT_FALSE(look(delta("Par")).decided);
  const auto call = look(R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f"}}]}}]})"
                         "\n\n");
  EXPECT_TRUE(call.decided);
  EXPECT_FALSE(call.failed);
}

TEST(inspection, of_a_stream_waits_for_the_end_where_a_check_needs_it) {
  const auto rules = of({answer_check::schema, answer_check::refusal});
  constexpr std::string_view request = R"({"response_format":{"type":"json_object"}})";
  const auto good = delta(R"({"a":")" + std::string(2 * beginning_bytes, 'x')) + delta("\"}");
  EXPECT_FALSE(inspect(rules, endpoint::chat, request, content_kind::sse, good, false).decided);
  EXPECT_EQ(inspect(rules, endpoint::chat, request, content_kind::sse, good, true).failed, std::nullopt);
  EXPECT_EQ(inspect(rules, endpoint::chat, request, content_kind::sse, good + delta("!"), true).failed,
            answer_check::schema);
}

TEST(inspection, of_json_decides_nothing_before_its_end) {
  const auto answer = chat("I can't help with that.");
  EXPECT_FALSE(inspect(of({answer_check::refusal}), endpoint::chat, plain_request, content_kind::json,
                       std::string_view{answer}.substr(0, answer.size() - 1), false)
                   .decided);
}

} // namespace
} // namespace logos::checks
