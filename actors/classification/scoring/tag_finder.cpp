// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/tag_finder.hpp"

#include <algorithm>
#include <cstring>

namespace logos::classification {
namespace {

char lower(char c) { return static_cast<unsigned char>(c - 'A') < 26U ? static_cast<char>(c | 0x20) : c; }

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char w, char t) { return w == lower(t); });
}

/// Letters of both cases are one; so are some other bytes, which `begins_with` tells apart.
std::uint32_t first_three(const char* at) {
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, at, 3);
  return (bytes | 0x20'2020U) & 0xFF'FFFFU;
}

} // namespace

tag_finder::tag_finder(std::vector<std::string> words) : words_{std::move(words)}, seen_((1U << start_bits) / 64) {
  for (std::uint32_t i = 0; i < words_.size(); ++i) {
    if (words_[i].size() < start) {
      short_.push_back(i);
      continue;
    }
    const auto bytes = first_three(words_[i].data());
    beginnings_.push_back({bytes, i});
    seen_[place(bytes) / 64] |= std::uint64_t{1} << (place(bytes) % 64);
  }
  std::sort(beginnings_.begin(), beginnings_.end(), [](const beginning& a, const beginning& b) {
    return a.bytes != b.bytes ? a.bytes < b.bytes : a.word < b.word;
  });
}

void tag_finder::check(std::string_view rest, std::uint32_t bytes, std::vector<char>& found) const {
  auto at = std::lower_bound(beginnings_.begin(), beginnings_.end(), bytes,
                             [](const beginning& b, std::uint32_t wanted) { return b.bytes < wanted; });
  for (; at != beginnings_.end() && at->bytes == bytes; ++at)
    if (found[at->word] == 0 && begins_with(rest, words_[at->word])) found[at->word] = 1;
}

void tag_finder::find(std::string_view text, std::vector<char>& found) const {
  found.assign(words_.size(), 0);
  for (const auto i : short_) {
    const auto& word = words_[i];
    const auto at =
        std::search(text.begin(), text.end(), word.begin(), word.end(), [](char t, char w) { return lower(t) == w; });
    found[i] = at != text.end() ? 1 : 0;
  }
  if (beginnings_.empty()) return;
  for (std::size_t i = 0; i + start <= text.size(); ++i) {
    const auto bytes = first_three(text.data() + i);
    const auto bit = place(bytes);
    if ((seen_[bit / 64] >> (bit % 64) & 1U) != 0) check(text.substr(i), bytes, found);
  }
}

} // namespace logos::classification
