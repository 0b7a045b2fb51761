// SPDX-License-Identifier: MIT
#include "actors/ingress/image_tokens.hpp"

#include <gtest/gtest.h>

namespace logos::ingress {
namespace {

constexpr std::nullopt_t by_address = std::nullopt;

TEST(image_tokens, of_an_image_that_nobody_has_seen_are_the_most_that_its_model_counts) {
  EXPECT_EQ(most_image_tokens("gpt-4o-mini-2024-07-18", by_address), 2833 + 8 * 5667);
  EXPECT_GE(most_image_tokens("gpt-4o", by_address), 85 + 8 * 170);
  EXPECT_LT(most_image_tokens("gpt-4o", by_address), 2'000);
  EXPECT_GE(most_image_tokens("gpt-4.1-nano", by_address), 1536 * 246 / 100);
  EXPECT_GE(most_image_tokens("gpt-5.5", by_address), 12'000);
  EXPECT_GE(most_image_tokens("claude-opus-4-7", by_address), 4784);
  EXPECT_GE(most_image_tokens("google/gemini-2.5-flash", by_address), 24 * 258);
  EXPECT_GE(most_image_tokens("Qwen/Qwen2.5-VL-7B-Instruct", by_address), 16'384);
  EXPECT_GE(most_image_tokens("meta-llama/Llama-3.2-11B-Vision", by_address), 6'404);
}

TEST(image_tokens, of_a_model_that_is_not_known_are_those_of_the_dearest) {
  for (const auto* name : {"our-deployment", "", "codellama", "xgpt-4o", "gpt-9"})
    EXPECT_EQ(most_image_tokens(name, by_address), 48'169) << name;
  EXPECT_LT(most_image_tokens("our-deployment", net::image_size{512, 512}), 9'000);
}

// What a public table of 2026 says was counted for images of these sizes.
TEST(image_tokens, are_never_less_than_what_was_counted) {
  struct row {
    net::image_size size;
    std::int64_t claude_new, claude_old, gemini, gpt_6, gpt_55;
  };
  constexpr row rows[]{{{256, 256}, 177, 165, 1'090, 77, 77},
                       {{512, 512}, 438, 426, 1'090, 308, 308},
                       {{1024, 1024}, 1'446, 1'434, 1'090, 1'229, 1'229},
                       {{1280, 720}, 1'273, 1'261, 1'101, 1'104, 1'104},
                       {{1080, 1920}, 2'768, 1'625, 1'101, 2'448, 2'448},
                       {{3840, 2160}, 3'069, 1'657, 1'101, 9'792, 9'792},
                       {{4032, 3024}, 4'005, 1'661, 1'065, 14'364, 11'868}};
  constexpr std::int64_t question = 20; // of text, which the table includes
  for (const auto& r : rows) {
    EXPECT_GE(most_image_tokens("claude-sonnet-5.5", r.size) + question, r.claude_new) << r.size.width;
    EXPECT_GE(most_image_tokens("claude-haiku-4-5", r.size) + question, r.claude_old) << r.size.width;
    EXPECT_GE(most_image_tokens("gemini-3-pro", r.size) + question, r.gemini) << r.size.width;
    EXPECT_GE(most_image_tokens("gpt-6-astra", r.size) + question, r.gpt_6) << r.size.width;
    EXPECT_GE(most_image_tokens("gpt-5.5", r.size) + question, r.gpt_55) << r.size.width;
  }
}

TEST(image_tokens, never_shrink_when_the_image_grows_and_never_pass_those_of_an_unknown_size) {
  for (const auto* name : {"gpt-4o", "gpt-4o-mini", "gpt-5", "claude-3", "gemini-3", "qwen-vl", "gemma3", "other"}) {
    std::int64_t before = 0;
    for (std::uint32_t side = 1; side <= 16'384; side *= 2) {
      const auto now = most_image_tokens(name, net::image_size{side, side});
      EXPECT_GE(now, before) << name;
      before = now;
    }
    EXPECT_LE(most_image_tokens(name, net::image_size{4'294'967'295U, 4'294'967'295U}),
              most_image_tokens(name, by_address));
  }
}

} // namespace
} // namespace logos::ingress
