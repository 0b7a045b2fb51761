// SPDX-License-Identifier: MIT
#include "tokenization/merger.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace logos::tokenization {
namespace {

/// Byte-pair encoding word for word: looks at all pairs, merges the first of the lowest rank, begins anew.
std::vector<token> merge_naively(const vocabulary& words, std::string_view piece) {
  if (const auto whole = words.find(piece); whole != no_token) return {whole};
  std::vector<std::string> parts;
  for (const char c : piece)
    parts.emplace_back(1, c);
  for (;;) {
    token lowest = no_token;
    std::size_t where = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
      if (const auto t = words.find(parts[i] + parts[i + 1]); t < lowest) {
        lowest = t;
        where = i;
      }
    if (lowest == no_token) break;
    parts[where] += parts[where + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
  std::vector<token> out;
  for (const auto& p : parts)
    out.push_back(words.find(p));
  return out;
}

/// 256 bytes, then words of few letters in random order: ranks that no training would give.
std::string random_ranks(std::mt19937& random) {
  std::map<std::string, bool> known;
  std::string out;
  const auto add = [&](const std::string& word) {
    if (!known.emplace(word, true).second) return;
    out += static_cast<char>(word.size());
    out += word;
  };
  for (int c = 0; c < 256; ++c)
    add(std::string(1, static_cast<char>(c)));
  for (int i = 0; i < 120; ++i) {
    std::string word;
    for (auto length = 2 + random() % 7; length > 0; --length)
      word += static_cast<char>('a' + random() % 3);
    add(word);
  }
  return out;
}

TEST(merger, gives_what_the_definition_gives_for_random_ranks_and_pieces) {
  std::mt19937 random{7};
  for (int round = 0; round < 60; ++round) {
    const auto ranks = random_ranks(random);
    const vocabulary words{ranks};
    merger merged{words};
    for (int i = 0; i < 30; ++i) {
      std::string piece;
      for (auto length = 1 + random() % 150; length > 0; --length)
        piece += static_cast<char>('a' + random() % (1 + random() % 3));
      std::vector<token> got;
      merged.merge(piece, got);
      ASSERT_EQ(got, merge_naively(words, piece)) << piece;
    }
  }
}

TEST(merger, gives_what_the_definition_gives_for_real_ranks) {
  std::mt19937 random{8};
  const vocabulary words{cl100k_ranks()};
  merger merged{words};
  for (int i = 0; i < 200; ++i) {
    std::string piece;
    for (auto length = 1 + random() % 200; length > 0; --length)
      piece += static_cast<char>(i % 2 == 0 ? random() % 256 : 'a' + random() % 26);
    std::vector<token> got;
    merged.merge(piece, got);
    ASSERT_EQ(got, merge_naively(words, piece)) << piece;
  }
}

std::uint64_t steps_for(const vocabulary& words, const std::string& piece) {
  merger merged{words};
  std::vector<token> out;
  merged.merge(piece, out);
  return merged.steps();
}

TEST(merger, does_twice_the_work_for_twice_the_piece_whatever_it_is) {
  const vocabulary words{o200k_ranks()};
  std::mt19937 random{9};
  std::string letters, bytes;
  for (int i = 0; i < 1 << 16; ++i) {
    letters += static_cast<char>('a' + random() % 26);
    bytes += static_cast<char>(random() % 256);
  }
  for (const auto& piece : {std::string(1 << 16, 'a'), std::string(1 << 16, ' '), letters, bytes}) {
    const auto once = steps_for(words, piece.substr(0, piece.size() / 2));
    const auto twice = steps_for(words, piece);
    EXPECT_LT(twice, 2.2 * static_cast<double>(once)) << piece.substr(0, 10);
    EXPECT_LT(twice, 8 * piece.size()) << piece.substr(0, 10);
  }
}

} // namespace
} // namespace logos::tokenization
