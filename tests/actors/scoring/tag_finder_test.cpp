// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/tag_finder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace logos::classification {
namespace {

TEST(tag_finder, finds_words_anywhere_and_in_any_case) {
  const tag_finder finder{{"code", "german", "c", "ai", "c++", "vision"}};
  std::vector<char> found;
  finder.find("You write CODE and GerMan prose in C++.", found);
  EXPECT_EQ(found, (std::vector<char>{1, 1, 1, 0, 1, 0}));
  finder.find("a decoder", found);
  EXPECT_EQ(found, (std::vector<char>{1, 0, 1, 0, 0, 0})) << "part of a word is enough, as upstream has it";
  finder.find("", found);
  EXPECT_EQ(found, std::vector<char>(6, 0));
}

TEST(tag_finder, finds_in_random_texts_what_a_search_for_each_word_finds) {
  std::mt19937 random{11};
  const std::string_view letters = "abAB@`{[ \xc3\xa4";
  const auto text = [&](std::size_t length) {
    std::string out;
    for (std::size_t i = 0; i < length; ++i)
      out += letters[random() % letters.size()];
    return out;
  };
  const auto low = [](std::string s) {
    std::transform(s.begin(), s.end(), s.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return s;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < 12; ++i) {
      auto word = low(text(1 + random() % 5));
      if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
    }
    const auto whole = text(random() % 200);
    std::vector<char> found;
    tag_finder{words}.find(whole, found);
    for (std::size_t i = 0; i < words.size(); ++i)
      EXPECT_EQ(found[i] != 0, low(whole).find(words[i]) != std::string::npos) << whole << " / " << words[i];
  }
}

} // namespace
} // namespace logos::classification
