// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/encoder.hpp"

#include <algorithm>
#include <cmath>

namespace logos::classification {

float similarity(const embedding& a, const embedding& b) {
  // Four sums that do not wait for each other; the order is fixed, so every node gets the same.
  std::array<float, 4> sum{};
  for (std::size_t i = 0; i < dimensions; i += 4)
    for (std::size_t j = 0; j < 4; ++j)
      sum[j] += a[i + j] * b[i + j];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

encoder::encoder(std::string_view pieces, std::span<const std::int8_t> rows) : pieces_{pieces}, rows_{rows} {}

void encoder::add(std::string_view text, sums& into) const {
  // 16 bits hold 256 numbers of 8 bits, and twice as many of them are added at a time.
  constexpr unsigned held = 256;
  std::array<std::int16_t, dimensions> part{};
  unsigned count = 0;
  const auto empty = [&] {
    for (std::size_t i = 0; i < dimensions; ++i)
      into[i] += part[i];
    part.fill(0);
    count = 0;
  };
  pieces_.split(text, [&](std::uint32_t number) {
    const auto at = std::size_t{number} * dimensions;
    if (at + dimensions > rows_.size()) return;
    const auto* row = rows_.data() + at;
    for (std::size_t i = 0; i < dimensions; ++i)
      part[i] = static_cast<std::int16_t>(part[i] + row[i]);
    if (++count == held) empty();
  });
  empty();
}

text_ends ends_of(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return {text};
  // What is wanted stands at the beginning more often than at the end.
  const auto head = std::min(text.find_first_of(" \n", bytes * 3 / 4), bytes);
  const auto tail = text.find_first_of(" \n", text.size() - bytes / 4);
  return {text.substr(0, head), tail == std::string_view::npos ? std::string_view{} : text.substr(tail)};
}

void encoder::add_ends(std::string_view text, std::size_t bytes, sums& into) const {
  const auto kept = ends_of(text, bytes);
  add(kept.head, into);
  if (!kept.tail.empty()) add(kept.tail, into);
}

embedding encoder::encode(std::string_view text, std::string_view before) const {
  sums sum{};
  add_ends(text, encoded_bytes, sum);
  if (text.size() < clear_bytes && !before.empty()) {
    sums earlier{};
    add_ends(before, encoded_bytes / 2, earlier);
    const auto length = [](const sums& of) {
      double square = 0;
      for (const auto v : of)
        square += static_cast<double>(v) * v;
      return std::sqrt(square);
    };
    const auto own = length(sum), others = length(earlier);
    const auto part = (1.0 - static_cast<double>(text.size()) / clear_bytes) * 0.75;
    if (others > 0)
      for (std::size_t i = 0; i < dimensions; ++i)
        sum[i] += static_cast<std::int32_t>(std::lround(earlier[i] * part * (own > 0 ? own : 1000.0) / others));
  }
  double square = 0;
  for (const auto v : sum)
    square += static_cast<double>(v) * v;
  embedding out{};
  if (square == 0) return out;
  const auto scale = 1.0 / std::sqrt(square);
  for (std::size_t i = 0; i < dimensions; ++i)
    out[i] = static_cast<float>(sum[i] * scale);
  return out;
}

} // namespace logos::classification
