// SPDX-License-Identifier: MIT
#include "core/amount.hpp"

#include <algorithm>

namespace logos::core {
namespace {

constexpr std::size_t decimals = 9;

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

std::string_view amount_rule(std::string_view wrong) {
  constexpr std::string_view decimal = "an amount of 0 or more with at most nine decimals, such as 0.50";
  const auto point = std::min(wrong.find('.'), wrong.size());
  const auto whole = wrong.substr(0, point);
  const bool has_point = point < wrong.size();
  const auto part = has_point ? wrong.substr(point + 1) : std::string_view{};
  if (!is_digits(whole) || !is_digits(part) || (has_point ? part.empty() : whole.empty())) return decimal;
  if (part.size() > decimals && part.find_first_not_of('0', decimals) != part.npos)
    return "an amount with at most nine decimals: what is less than 0.000000001 cannot be kept, so round it";
  if (whole.size() >= decimals) return "an amount of at most 9223372036.854775807";
  return decimal;
}

} // namespace logos::core
