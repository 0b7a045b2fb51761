// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/surface.hpp"

#include <algorithm>
#include <cmath>

namespace logos::classification {
namespace {

// What a byte may be; it may be several. Counted eight at a time, a byte wide each, in one word.
enum byte_class : unsigned {
  letter,
  capital,
  digit,
  space,
  line,
  point,
  question,
  comma, // the first word
  sign,
  brace,
  foreign, // the second
  classes
};
using lanes = std::uint64_t;
constexpr unsigned in_a_word = 8;
struct marks {
  lanes first = 0, second = 0;
};

constexpr std::array<marks, 256> make_marks() {
  std::array<marks, 256> out{};
  const auto mark = [&](std::size_t byte, unsigned c) {
    auto& word = c < in_a_word ? out[byte].first : out[byte].second;
    word |= lanes{1} << (8 * (c % in_a_word));
  };
  const auto mark_all = [&](std::string_view bytes, unsigned c) {
    for (const char b : bytes)
      mark(static_cast<unsigned char>(b), c);
  };
  mark_all("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", letter);
  mark_all("ABCDEFGHIJKLMNOPQRSTUVWXYZ", capital);
  mark_all("0123456789", digit);
  mark_all(" \n\t", space);
  mark_all("\n", line);
  mark_all(".!", point);
  mark_all("?", question);
  mark_all(",:", comma);
  mark_all("+-*/=^<>%|\\", sign);
  mark_all("{}[]();_`#", brace);
  for (std::size_t b = 0x80; b < 0x100; ++b) {
    mark(b, letter);
    mark(b, foreign);
  }
  return out;
}
constexpr auto marks_of = make_marks();

struct counts {
  std::array<std::uint32_t, classes> bytes{};
  std::uint32_t words = 0, long_words = 0, numbers = 0;
};

counts count(std::string_view text) {
  counts n;
  std::size_t word = 0;
  lanes was_digit = 0;
  while (!text.empty()) {
    const auto now = text.substr(0, 255); // as many as a lane holds
    marks sum;
    for (const char c : now) {
      const auto& m = marks_of[static_cast<unsigned char>(c)];
      sum.first += m.first;
      sum.second += m.second;
      const auto is_digit = m.first >> (8 * digit) & 1U;
      n.numbers += static_cast<std::uint32_t>(is_digit & ~was_digit);
      was_digit = is_digit;
      if ((m.first & 1U) != 0) { // a letter
        ++word;
        continue;
      }
      n.words += word > 0;
      n.long_words += word > 8;
      word = 0;
    }
    for (unsigned c = 0; c < classes; ++c)
      n.bytes[c] += ((c < in_a_word ? sum.first : sum.second) >> (8 * (c % in_a_word))) & 0xFFU;
    text.remove_prefix(now.size());
  }
  n.words += word > 0;
  n.long_words += word > 8;
  return n;
}

/// Brings what is usually below `usual` to -1…1, half way at `usual` / 2.
float bounded(double value, double usual) { return static_cast<float>(std::clamp(2 * value / usual - 1, -1.0, 1.5)); }

} // namespace

surface surface_of(std::string_view text, std::size_t length, std::uint32_t turns) {
  const auto n = count(text);
  const auto of = [&](byte_class c) { return n.bytes[c]; };
  const double size = std::max<double>(1, static_cast<double>(text.size()));
  const double words = std::max<double>(1, n.words);
  const double sentences = std::max<double>(1, of(point) + of(question));
  return {
      static_cast<float>(std::log2(1.0 + static_cast<double>(length)) - 7),
      bounded(words / sentences, 40),
      bounded(of(letter) / words - 2, 6),
      bounded(n.long_words / words, 0.4),
      bounded(of(digit) / size, 0.1),
      bounded(of(sign) / size, 0.06),
      bounded(of(brace) / size, 0.1),
      bounded(of(capital) / size, 0.1),
      bounded(of(foreign) / size, 0.2),
      bounded(std::log2(1.0 + of(line)), 4),
      bounded(std::min(of(question), 2U), 2),
      bounded(of(comma) / words, 0.3),
      bounded(std::log2(1.0 + n.numbers), 4),
      bounded(std::log2(1.0 + of(point) + of(question)), 4),
      bounded(std::log2(std::max(1.0, static_cast<double>(turns))), 4),
  };
}

} // namespace logos::classification
