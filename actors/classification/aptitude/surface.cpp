// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/surface.hpp"

#include <algorithm>
#include <cmath>

namespace logos::classification {
namespace {

struct counts {
  std::uint32_t letters = 0, capitals = 0, digits = 0, spaces = 0, lines = 0, points = 0, questions = 0, signs = 0,
                braces = 0, foreign = 0, words = 0, long_words = 0, commas = 0, numbers = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0; }

void count(counts& n, char c) {
  if ((c & 0x80) != 0) ++n.foreign;
  if (is_letter(c)) ++n.letters;
  if (c >= 'A' && c <= 'Z') ++n.capitals;
  if (is_digit(c)) ++n.digits;
  if (c == ' ' || c == '\n' || c == '\t') ++n.spaces;
  if (c == '\n') ++n.lines;
  if (c == '.' || c == '!') ++n.points;
  if (c == '?') ++n.questions;
  if (c == ',' || c == ':') ++n.commas;
  if (std::string_view{"+-*/=^<>%|\\"}.find(c) != std::string_view::npos) ++n.signs;
  if (std::string_view{"{}[]();_`#"}.find(c) != std::string_view::npos) ++n.braces;
}

counts count(std::string_view text) {
  counts n;
  std::size_t word = 0;
  bool in_number = false;
  for (const char c : text) {
    count(n, c);
    if (is_digit(c) && !in_number) ++n.numbers;
    in_number = is_digit(c);
    if (is_letter(c)) {
      ++word;
      continue;
    }
    n.words += word > 0;
    n.long_words += word > 8;
    word = 0;
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
  const double size = std::max<double>(1, static_cast<double>(text.size()));
  const double words = std::max<double>(1, n.words);
  const double sentences = std::max<double>(1, n.points + n.questions);
  return {
      static_cast<float>(std::log2(1.0 + static_cast<double>(length)) - 7),
      bounded(words / sentences, 40),
      bounded(n.letters / words - 2, 6),
      bounded(n.long_words / words, 0.4),
      bounded(n.digits / size, 0.1),
      bounded(n.signs / size, 0.06),
      bounded(n.braces / size, 0.1),
      bounded(n.capitals / size, 0.1),
      bounded(n.foreign / size, 0.2),
      bounded(std::log2(1.0 + n.lines), 4),
      bounded(std::min(n.questions, 2U), 2),
      bounded(n.commas / words, 0.3),
      bounded(std::log2(1.0 + n.numbers), 4),
      bounded(std::log2(1.0 + n.points + n.questions), 4),
      bounded(std::log2(std::max(1.0, static_cast<double>(turns))), 4),
  };
}

} // namespace logos::classification
