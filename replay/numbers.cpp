// SPDX-License-Identifier: MIT
#include "replay/numbers.hpp"

#include <charconv>
#include <cmath>

namespace logos::replay {

std::string to_text(double value) {
  char text[400]; // the largest double has 309 digits
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 2).ptr;
  return {text, end};
}

std::string to_text(const std::optional<double>& value, std::string_view none) {
  return value ? to_text(*value) : std::string{none};
}

std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || stop != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

} // namespace logos::replay
