// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/gist.hpp"

#include "actors/classification/scoring/encoder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace logos::classification {
namespace {

bool says_nothing(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

void append_ends(std::string& out, std::string_view text, std::size_t bytes) {
  const auto kept = ends_of(text, bytes);
  out.append(kept.head).append(kept.tail);
}

} // namespace

gist gist_of(std::vector<float> numbers) {
  double square = 0;
  for (const auto n : numbers)
    square += static_cast<double>(n) * static_cast<double>(n);
  if (!(square > 0) || !std::isfinite(square)) return nullptr;
  const auto scale = 1.0 / std::sqrt(square);
  for (auto& n : numbers)
    n = static_cast<float>(n * scale);
  return std::make_shared<const std::vector<float>>(std::move(numbers));
}

float similarity(const gist& a, const gist& b) {
  if (!a || !b || a->size() != b->size()) return 0;
  // Sums that do not wait for each other, so that several are added at a time; the order is fixed, so every node gets
  // the same.
  constexpr std::size_t lanes = 16;
  std::array<float, lanes> sum{};
  const auto* x = a->data();
  const auto* y = b->data();
  const auto size = a->size();
  const auto whole = size - size % lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t j = 0; j < lanes; ++j)
      sum[j] += x[i + j] * y[i + j];
  for (std::size_t i = whole; i < size; ++i)
    sum[i - whole] += x[i] * y[i];
  float out = 0;
  for (const auto part : sum)
    out += part;
  return out;
}

std::string excerpt(std::string_view text, std::string_view before) {
  std::string out;
  if (text.size() < clear_bytes && !says_nothing(before)) {
    append_ends(out, before, encoded_bytes / 2);
    out += '\n';
  }
  append_ends(out, text, encoded_bytes);
  if (says_nothing(out)) out.clear();
  return out;
}

std::string_view to_string(fallback why) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(fallback::count_)> names{
      "", "timeout", "busy", "failed", "forbidden", "not_ready"};
  return names[static_cast<std::size_t>(why)];
}

} // namespace logos::classification
