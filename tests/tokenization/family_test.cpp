// SPDX-License-Identifier: MIT
#include "tokenization/family.hpp"

#include <gtest/gtest.h>

namespace logos::tokenization {
namespace {

TEST(find_family, counts_openais_models_exactly) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"gpt-5", "o200k_base"},
      {"gpt-5.1-codex", "o200k_base"},
      {"gpt-5-mini-2025-08-07", "o200k_base"},
      {"gpt-4.1-nano", "o200k_base"},
      {"gpt-4o", "o200k_base"},
      {"GPT-4o-mini", "o200k_base"},
      {"chatgpt-4o-latest", "o200k_base"},
      {"openai/gpt-4o", "o200k_base"},
      {"ft:gpt-4o-mini-2024-07-18:org::id", "o200k_base"},
      {"o1", "o200k_base"},
      {"o3-mini", "o200k_base"},
      {"o4-mini-2025-04-16", "o200k_base"},
      {"gpt-oss:20b", "o200k_harmony"},
      {"openai/gpt-oss-120b", "o200k_harmony"},
      {"gpt-4", "cl100k_base"},
      {"gpt-4-turbo-2024-04-09", "cl100k_base"},
      {"gpt-3.5-turbo", "cl100k_base"},
      {"gpt-35-turbo-16k", "cl100k_base"},
      {"text-embedding-3-small", "cl100k_base"},
      {"text-embedding-ada-002", "cl100k_base"},
  };
  for (const auto& [model, encoding] : cases) {
    const auto& f = find_family(model);
    EXPECT_TRUE(f.exact) << model;
    EXPECT_EQ(f.by().name(), encoding) << model;
  }
}

TEST(find_family, estimates_all_others) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"llama3.1:8b", "llama-3"},
      {"meta-llama/Llama-3.3-70B-Instruct", "llama-3"},
      {"Llama-2-7b-chat-hf", "llama-2"},
      {"codellama:7b", "llama-2"},
      {"qwen3:32b", "qwen"},
      {"Qwen/QwQ-32B", "qwen"},
      {"google/gemma-3-27b-it", "gemma"},
      {"gemini-2.5-flash", "gemma"},
      {"mixtral-8x7b", "mistral"},
      {"mistralai/Devstral-Small", "mistral"},
      {"deepseek-v3", "deepseek"},
      {"DeepSeek-R1-Distill-Qwen-7B", "qwen"},
      {"claude-sonnet-4-5", "claude"},
      {"phi-4", ""},
      {"o10", ""},
      {"o1x", ""},
      {"gpt-4all", ""},
      {"gpt-40", ""},
      {"my-gpt-4o", ""},
      {"", ""},
      {"/", ""},
  };
  for (const auto& [model, name] : cases) {
    const auto& f = find_family(model);
    EXPECT_FALSE(f.exact) << model;
    EXPECT_EQ(f.name, name) << model;
  }
}

TEST(family, estimates_by_the_shares_of_the_bytes) {
  const auto& llama = find_family("llama2");
  EXPECT_EQ(llama.thousandths("Hello"), 1250U * o200k_base().count("Hello"));
  EXPECT_EQ(llama.thousandths("日本"), 2360U * o200k_base().count("日本"));
  EXPECT_EQ(llama.thousandths("abc日"), (1250U + 2360U) / 2 * o200k_base().count("abc日"));
  EXPECT_EQ(llama.thousandths(""), 0U);
  EXPECT_EQ(find_family("gpt-4o").thousandths("日本"), 1000U * o200k_base().count("日本"));
}

} // namespace
} // namespace logos::tokenization
