// SPDX-License-Identifier: MIT
// Usage as Google's own API tells it.
#include "net/usage.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace logos::net {
namespace {

const std::string whole = R"({"promptTokenCount":1000,"candidatesTokenCount":2000,"thoughtsTokenCount":3000,)"
                          R"("toolUsePromptTokenCount":50,"cachedContentTokenCount":400,"totalTokenCount":6050,)"
                          R"("promptTokensDetails":[{"modality":"TEXT","tokenCount":700},)"
                          R"({"modality":"AUDIO","tokenCount":300}],)"
                          R"("cacheTokensDetails":[{"modality":"AUDIO","tokenCount":100}],)"
                          R"("candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":20}],"trafficType":"X"})";

usage read(const std::string& object, bool readable = true) {
  usage u;
  EXPECT_EQ(read_usage_object(object, u), readable) << object;
  EXPECT_EQ(u.seen, readable) << object;
  return u;
}

std::string chunk(const std::string& text, const std::string& more) {
  return R"({"candidates":[{"content":{"parts":[{"text":")" + text + R"("}],"role":"model"}}])" + more + "}";
}

answer_facts facts_of(content_kind kind, const std::string& answer, std::size_t step) {
  usage_reader reader{kind};
  if (step == 0) {
    reader.read_whole(answer);
  } else {
    for (std::size_t at = 0; at < answer.size(); at += step)
      reader.feed(std::string_view{answer}.substr(at, step));
    reader.finish();
  }
  return reader.facts();
}

TEST(usage_metadata, thoughts_are_of_the_answer_and_what_tools_bring_of_the_prompt) {
  const auto u = read(whole);
  EXPECT_EQ(u.prompt_tokens, 1050);
  EXPECT_EQ(u.completion_tokens, 5000);
  EXPECT_EQ(u.total_tokens, 6050);
  EXPECT_EQ(u.completion_reasoning_tokens, 3000);
  EXPECT_EQ(u.completion_audio_tokens, 20);
  EXPECT_EQ(u.prompt_cached_tokens, 400);
  EXPECT_EQ(u.prompt_audio_tokens, 200) << "the rest came from the cache, and is counted there";
}

TEST(usage_metadata, thoughts_that_the_sum_has_in_the_answer_are_not_counted_twice) {
  const auto u =
      read(R"({"promptTokenCount":10,"candidatesTokenCount":70,"thoughtsTokenCount":50,"totalTokenCount":80})");
  EXPECT_EQ(u.completion_tokens, 70);
  EXPECT_EQ(u.completion_reasoning_tokens, 50);
}

TEST(usage_metadata, what_is_left_out_is_none) {
  EXPECT_EQ(read(R"({"promptTokenCount":9,"totalTokenCount":9})").completion_tokens, 0);
  EXPECT_EQ(read(R"({"promptTokenCount":9,"thoughtsTokenCount":7})").completion_tokens, 7);
  EXPECT_EQ(read(R"({"promptTokenCount":9,"thoughtsTokenCount":7})").total_tokens, 16);
  EXPECT_EQ(read(R"({"totalTokenCount":9,"promptTokenCount":null})").total_tokens, 9);
  EXPECT_EQ(read(R"({"promptTokenCount":9,"cachedContentTokenCount":50})").prompt_cached_tokens, 9);
  read(R"({"trafficType":"ON_DEMAND"})", false);
}

TEST(usage_metadata, a_count_that_cannot_be_makes_it_missing) {
  for (const std::string bad :
       {R"("promptTokenCount":-1)", R"("candidatesTokenCount":1.5)", R"("thoughtsTokenCount":"7")",
        R"("toolUsePromptTokenCount":4294967296)", R"("cachedContentTokenCount":-7)",
        R"("promptTokensDetails":[{"modality":"AUDIO","tokenCount":-7}])",
        R"("promptTokenCount":4294967295,"toolUsePromptTokenCount":1)"}) {
    const auto u = read("{" + bad + R"(,"totalTokenCount":9})", false);
    EXPECT_LT(u.total_tokens, 0) << bad;
  }
}

TEST(usage_metadata, of_a_stream_the_last_counts_however_it_is_sent_and_cut) {
  const auto early = chunk("Hel", R"(,"usageMetadata":{"promptTokenCount":9,"totalTokenCount":109,)"
                                  R"("thoughtsTokenCount":100})");
  const auto last = R"({"candidates":[{"content":{"parts":[{"text":"lo"}]},"finishReason":"STOP"}],)"
                    R"("usageMetadata": {"promptTokenCount":9,"candidatesTokenCount":2,"thoughtsTokenCount":120,)"
                    R"("totalTokenCount":131},"modelVersion":"g"})";
  const std::string events = "data: " + early + "\r\n\r\ndata: " + last + "\r\n\r\n";
  const std::string list = "[" + early + "\r\n,\r\n" + last + "]\n";
  for (const auto& [kind, answer] : std::vector<std::pair<content_kind, std::string>>{
           {content_kind::sse, events}, {content_kind::json, list}, {content_kind::json, " " + list}})
    for (const std::size_t step : {0U, 1U, 7U, 64U}) {
      const auto facts = facts_of(kind, answer, step);
      ASSERT_TRUE(facts.tokens.seen) << answer << step;
      EXPECT_EQ(facts.tokens.prompt_tokens, 9);
      EXPECT_EQ(facts.tokens.completion_tokens, 122);
      EXPECT_EQ(facts.tokens.completion_reasoning_tokens, 120);
      EXPECT_EQ(facts.text_bytes, 5U);
      EXPECT_EQ(facts.text_before_usage, 5U) << "each tells all that has come";
      EXPECT_TRUE(facts.finished);
    }
  const auto cut = facts_of(content_kind::sse, "data: " + early + "\n\n", 0);
  EXPECT_EQ(cut.tokens.completion_tokens, 100);
  EXPECT_FALSE(cut.finished);
}

TEST(usage_metadata, a_whole_answer_tells_it_beside_its_text) {
  for (const std::size_t step : {0U, 9U}) {
    const auto facts = facts_of(content_kind::json, chunk("Hello", R"(,"usageMetadata":)" + whole), step);
    EXPECT_TRUE(facts.first_token);
    EXPECT_EQ(facts.tokens.completion_tokens, 5000);
  }
  const auto long_one = chunk(std::string(3 << 20, 'x'), R"(,"usageMetadata":)" + whole);
  EXPECT_EQ(facts_of(content_kind::json, long_one, 65536).tokens.completion_tokens, 5000) << "its tail is kept";
  EXPECT_EQ(facts_of(content_kind::json, "[" + long_one + "]", 65536).tokens.completion_tokens, 5000);
}

TEST(usage_metadata, is_nothing_where_only_a_client_puts_it) {
  const std::string fake = R"({"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}})";
  for (const std::string& answer :
       {R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":)" + fake + "}}]}}]}",
        R"({"metadata":)" + fake + "}", R"([{"metadata":)" + fake + "}]", R"({"":)" + fake + "}",
        std::string{R"({"text":"\"usageMetadata\":{\"promptTokenCount\":1}"})"}})
    EXPECT_FALSE(facts_of(content_kind::json, answer, 0).tokens.seen) << answer;
  const auto believed =
      facts_of(content_kind::json, R"({"response":)" + chunk("x", R"(,"usageMetadata":)" + whole) + "}", 0);
  EXPECT_TRUE(believed.tokens.seen) << "as some servers wrap it";
}

} // namespace
} // namespace logos::net
