// SPDX-License-Identifier: MIT
#include "net/text_sample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace logos::net {
namespace {

TEST(text_sample, keeps_a_short_text_whole) {
  text_sample of;
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    of.add("piece ");
    all += "piece ";
  }
  EXPECT_TRUE(of.is_whole());
  EXPECT_EQ(of.kept(), all);
  EXPECT_EQ(of.size(), all.size());
}

TEST(text_sample, keeps_a_bounded_part_of_a_long_text_from_all_over_it_however_it_comes) {
  constexpr std::size_t bytes = 1'000'000;
  const auto digit_at = [](std::size_t at) { return static_cast<char>('0' + at * 10 / bytes); };
  std::string all;
  for (std::size_t at = 0; at < bytes; ++at)
    all += digit_at(at);
  text_sample whole;
  whole.add(all);
  for (const std::size_t piece : {1U, 7U, 511U, 512U, 513U, 40'000U}) {
    text_sample of;
    for (std::size_t at = 0; at < bytes; at += piece) {
      of.add(std::string_view{all}.substr(at, piece));
      ASSERT_LE(of.kept().size(), text_sample::most_bytes);
    }
    EXPECT_EQ(of.kept(), whole.kept()) << piece;
    EXPECT_EQ(of.size(), bytes);
    EXPECT_FALSE(of.is_whole());
    EXPECT_GE(of.kept().size(), text_sample::most_bytes / 4);
    for (char digit = '0'; digit <= '9'; ++digit) {
      const auto share = static_cast<double>(std::count(of.kept().begin(), of.kept().end(), digit)) /
                         static_cast<double>(of.kept().size());
      EXPECT_NEAR(share, 0.1, 0.06) << digit;
    }
  }
}

} // namespace
} // namespace logos::net
