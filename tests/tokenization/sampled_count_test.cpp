// SPDX-License-Identifier: MIT
#include "tokenization/sampled_count.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

namespace logos::tokenization {
namespace {

std::string repeated(std::string_view text, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes)
    out += text;
  return out;
}

/// Kinds of text that a rule of so many bytes for a token is far off for.
std::vector<std::pair<std::string, std::string>> kinds(std::size_t bytes) {
  std::mt19937 random{7};
  std::string digits, base64;
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (digits.size() < bytes)
    digits.append({static_cast<char>('0' + random() % 10), ' '});
  while (base64.size() < bytes)
    base64 += letters[random() % letters.size()];
  return {{"digits", digits},
          {"base64", base64},
          {"Chinese", repeated("今天天气很好，我们一起去公园散步吧。他们昨天没有来，因为下雨了。", bytes)},
          {"code", repeated("    if (a[i] != b[j]) { x += (y*z)-1; }\n", bytes)},
          {"English", repeated("The quick brown fox jumps over the lazy dog, and nobody minds that it does. ", bytes)}};
}

TEST(sampled_count, is_exact_while_the_texts_are_short) {
  for (const auto& [name, text] : kinds(sampled_count::most_bytes - 100)) {
    sampled_count some{default_family(), text.size()};
    some.add(text);
    EXPECT_EQ(some.thousandths(), default_family().thousandths(text)) << name;
    EXPECT_TRUE(some.is_whole()) << name;
  }
}

TEST(sampled_count, is_within_five_percent_of_the_tokenizer_for_long_texts_of_every_kind) {
  for (const auto& [name, text] : kinds(300'000)) {
    const auto exact = static_cast<double>(default_family().thousandths(text));
    sampled_count once{default_family(), text.size()};
    once.add(text);
    EXPECT_FALSE(once.is_whole()) << name;
    EXPECT_LT(std::abs(static_cast<double>(once.thousandths()) - exact), 0.05 * exact) << name;
    sampled_count pieces{default_family(), text.size()};
    for (std::size_t at = 0; at < text.size(); at += 999)
      pieces.add(std::string_view{text}.substr(at, 999));
    EXPECT_LT(std::abs(static_cast<double>(pieces.thousandths()) - exact), 0.06 * exact) << name;
  }
}

TEST(sampled_count, sees_every_part_of_a_text_of_several_kinds) {
  std::string mixed;
  for (const auto& [name, text] : kinds(60'000))
    mixed += text;
  const auto exact = static_cast<double>(default_family().thousandths(mixed));
  sampled_count some{default_family(), mixed.size()};
  some.add(mixed);
  EXPECT_LT(std::abs(static_cast<double>(some.thousandths()) - exact), 0.1 * exact);
}

TEST(sampled_count, keeps_what_is_whole_of_characters) {
  EXPECT_EQ(whole_characters("天气"), "天气");
  EXPECT_EQ(whole_characters(std::string_view{"天气"}.substr(1)), "气");
  EXPECT_EQ(whole_characters(std::string_view{"天气"}.substr(0, 5)), "天");
  EXPECT_EQ(whole_characters("plain"), "plain");
  EXPECT_EQ(whole_characters(""), "");
}

} // namespace
} // namespace logos::tokenization
