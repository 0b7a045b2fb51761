// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/tag_finder.hpp"

#include <algorithm>

namespace logos::classification {
namespace {

char lower(char c) { return static_cast<unsigned char>(c - 'A') < 26U ? static_cast<char>(c | 0x20) : c; }

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char w, char t) { return w == lower(t); });
}

/// Letters of both cases are one; so are some other bytes, which `begins_with` tells apart.
constexpr std::uint32_t fold_two = 0x2020, fold_three = 0x20'2020;

std::uint32_t byte(char c) { return static_cast<unsigned char>(c); }
std::uint32_t first_two(const char* at) { return (byte(at[0]) | byte(at[1]) << 8U) | fold_two; }
/// Byte by byte: what was put together in memory would have to be waited for.
std::uint32_t first_three(const char* at) {
  return (byte(at[0]) | byte(at[1]) << 8U | byte(at[2]) << 16U) | fold_three;
}

bool is_in(const std::uint64_t* bits, std::uint32_t which) { return (bits[which / 64] >> (which % 64) & 1U) != 0; }

void put_in(std::vector<std::uint64_t>& bits, std::uint32_t which) {
  bits[which / 64] |= std::uint64_t{1} << (which % 64);
}

} // namespace

bool tag_finder::by_bytes(const beginning& a, const beginning& b) {
  return a.bytes != b.bytes ? a.bytes < b.bytes : a.word < b.word;
}

tag_finder::tag_finder(std::vector<std::string> words)
    : words_{std::move(words)},
      seen_((1U << start_bits) / 64),
      seen_pairs_((1U << 16U) / 64) {
  static_assert(start == 3);
  for (std::uint32_t i = 0; i < words_.size(); ++i) {
    const auto& word = words_[i];
    if (word.size() == 1) single_.push_back(i);
    if (word.size() < 2) continue;
    put_in(seen_pairs_, first_two(word.data()));
    if (word.size() < start) {
      pairs_.push_back({first_two(word.data()), i});
      continue;
    }
    beginnings_.push_back({first_three(word.data()), i});
    put_in(seen_, place(beginnings_.back().bytes));
  }
  std::sort(beginnings_.begin(), beginnings_.end(), by_bytes);
  std::sort(pairs_.begin(), pairs_.end(), by_bytes);
}

void tag_finder::check(const std::vector<beginning>& among, std::string_view rest, std::uint32_t bytes,
                       std::vector<char>& found) const {
  auto at = std::lower_bound(among.begin(), among.end(), beginning{bytes, 0}, by_bytes);
  for (; at != among.end() && at->bytes == bytes; ++at)
    if (found[at->word] == 0 && begins_with(rest, words_[at->word])) found[at->word] = 1;
}

void tag_finder::find(std::string_view text, std::vector<char>& found) const {
  found.assign(words_.size(), 0);
  for (const auto i : single_) {
    const auto letter = words_[i].front();
    const bool is_letter = static_cast<unsigned char>(letter - 'a') < 26U;
    found[i] =
        text.find(letter) != text.npos || (is_letter && text.find(static_cast<char>(letter & ~0x20)) != text.npos) ? 1
                                                                                                                   : 0;
  }
  if (pairs_.empty() && beginnings_.empty()) return;
  const auto* const seen_pairs = seen_pairs_.data();
  for (std::size_t i = 0; i + 2 <= text.size(); ++i) {
    const auto two = first_two(text.data() + i);
    if (!is_in(seen_pairs, two)) continue;
    if (!pairs_.empty()) check(pairs_, text.substr(i), two, found);
    if (i + start > text.size()) continue;
    const auto three = first_three(text.data() + i);
    if (is_in(seen_.data(), place(three))) check(beginnings_, text.substr(i), three, found);
  }
}

} // namespace logos::classification
