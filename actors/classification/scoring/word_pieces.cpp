// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/word_pieces.hpp"

#include <algorithm>
#include <bit>

namespace logos::classification {
namespace {

constexpr std::uint64_t base = 0x9E37'79B9'7F4A'7C15ULL;
constexpr std::size_t powers_kept = 64;
constexpr auto powers = [] {
  std::array<std::uint64_t, powers_kept> out{1};
  for (std::size_t i = 1; i < powers_kept; ++i)
    out[i] = out[i - 1] * base;
  return out;
}();

/// A piece that continues a word is another one than the same letters at its beginning.
constexpr std::uint64_t continued = 0xD6E8'FEB8'6659'FD93ULL;

constexpr std::uint64_t mixed(std::uint64_t h) {
  h ^= h >> 32;
  h *= 0xD6E8'FEB8'6659'FD93ULL;
  return h ^ (h >> 29);
}
constexpr std::uint32_t mark_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32) | 1U; }

/// A letter or digit of ASCII in lower case; 0: it is none.
constexpr auto plain = [] {
  std::array<char, 256> out{};
  for (unsigned c = '0'; c <= '9'; ++c)
    out[c] = static_cast<char>(c);
  for (unsigned c = 'a'; c <= 'z'; ++c)
    out[c] = out[c - 0x20] = static_cast<char>(c);
  return out;
}();

/// The letters of U+00C0 to U+017F without their accents; a blank: no letter, or one that has none to lose.
constexpr std::string_view latin = "aaaaaa ceeeeiiii nooooo  uuuuy  aaaaaa ceeeeiiii nooooo  uuuuy y"
                                   "aaaaaaccccccccdd  eeeeeeeeeegggggggghh  iiiiiiiii   jjkk llllll "
                                   "   nnnnnn   oooooo  rrrrrrsssssssstttt  uuuuuuuuuuuuwwyyyzzzzzz ";
static_assert(latin.size() == 0x180 - 0xC0);

std::size_t sequence_length(unsigned char lead) { return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1; }

} // namespace

word_pieces::word_pieces(std::string_view listed) {
  std::vector<std::string_view> all;
  while (!listed.empty()) {
    const auto length = std::min<std::size_t>(static_cast<unsigned char>(listed.front()), listed.size() - 1);
    all.push_back(listed.substr(1, length));
    listed.remove_prefix(1 + length);
  }
  size_ = all.size();
  slots_.resize(std::bit_ceil(std::max<std::size_t>(2 * all.size(), 2)));
  for (std::uint32_t number = 0; number < all.size(); ++number) {
    auto text = all[number];
    const bool continues = text.size() > 2 && text.starts_with("##");
    if (continues) text.remove_prefix(2);
    if (text.empty() || text.size() > longest_piece) continue;
    // Hashed as they will be looked for: behind one byte that does not matter when they continue a word.
    word w;
    w.prefixes[0] = 0;
    if (continues) put_letter(w, 'x');
    for (const char c : text)
      put_letter(w, c);
    const auto hash = hash_of(w, continues ? 1 : 0, w.length);
    auto at = hash & (slots_.size() - 1);
    while (slots_[at].mark != 0)
      at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {mark_of(hash), number};
  }
}

bool word_pieces::next_word(std::string_view& text, word& out) {
  out.length = 0;
  out.prefixes[0] = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  bool too_long = false;
  const auto put = [&](char c) {
    if (out.length < longest_word)
      put_letter(out, c);
    else
      too_long = true;
  };
  while (at != end) {
    const auto c = static_cast<unsigned char>(*at);
    if (const char low = plain[c]; low != 0) {
      put(low);
      ++at;
      continue;
    }
    const auto length = std::min<std::size_t>(sequence_length(c), static_cast<std::size_t>(end - at));
    if (c < 0x80 || length == 1) { // punctuation, blanks, stray bytes
      ++at;
      if (out.length != 0) break;
      continue;
    }
    if (c >= 0xE3 && c <= 0xED) { // East Asian: each sign is a word
      if (out.length != 0) break;
      for (std::size_t i = 0; i < length; ++i)
        put(at[i]);
      at += length;
      break;
    }
    if (c == 0xE2 || c == 0xEF || c == 0xC2) { // punctuation of all sorts
      at += length;
      if (out.length != 0) break;
      continue;
    }
    const auto point = ((c & 0x1FU) << 6U) | (static_cast<unsigned char>(at[1]) & 0x3FU);
    if (length == 2 && point >= 0xC0 && point < 0x180 && latin[point - 0xC0] != ' ') {
      put(latin[point - 0xC0]);
    } else {
      for (std::size_t i = 0; i < length; ++i)
        put(at[i]);
    }
    at += length;
  }
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  if (too_long) out.length = 0; // nothing to split; there may be more words
  return out.length != 0 || !text.empty() || too_long;
}

void word_pieces::put_letter(word& w, char c) {
  w.text[w.length] = c;
  w.prefixes[w.length + 1] = w.prefixes[w.length] * base + static_cast<unsigned char>(c) + 1;
  ++w.length;
}

std::uint64_t word_pieces::hash_of(const word& w, std::size_t from, std::size_t to) {
  const auto inside = w.prefixes[to] - w.prefixes[from] * powers[to - from];
  return mixed(inside ^ (from != 0 ? continued : 0));
}

word_pieces::piece word_pieces::longest(const word& w, std::size_t from) const {
  for (auto to = std::min(w.length, from + longest_piece); to > from; --to) {
    const auto hash = hash_of(w, from, to);
    for (auto at = hash & (slots_.size() - 1); slots_[at].mark != 0; at = (at + 1) & (slots_.size() - 1))
      if (slots_[at].mark == mark_of(hash)) return {slots_[at].number, to - from};
  }
  return {};
}

} // namespace logos::classification
