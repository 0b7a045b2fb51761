// SPDX-License-Identifier: MIT
#include "actors/scheduling/expectation.hpp"

#include <algorithm>
#include <cmath>

namespace logos::scheduling {
namespace {

constexpr std::chrono::microseconds longest_call = std::chrono::hours{1};
constexpr std::size_t longest_line = 1'000'000; // keeps the product within its type

} // namespace

std::optional<std::chrono::microseconds> expected_wait(const line_facts& line) {
  using std::chrono::microseconds;
  const auto free = line.places > line.in_use ? line.places - line.in_use : 0;
  if (line.places == 0 || line.ahead < free) return microseconds{0};
  if (line.each <= microseconds{0}) return std::nullopt;
  const auto ends = std::min(line.ahead - free, longest_line) + 1; // calls that must end before it is its turn
  return std::min(line.each, longest_call) * static_cast<std::int64_t>(ends) / line.places;
}

std::chrono::microseconds surely_ended(std::size_t calls, std::uint32_t abreast, std::chrono::microseconds each) {
  const auto n = static_cast<double>(std::min(calls, longest_line));
  const auto one = static_cast<double>(std::min(each, longest_call).count()) / std::max<std::uint32_t>(abreast, 1);
  return std::chrono::microseconds{static_cast<std::int64_t>(one * (n + 2 * std::sqrt(n)))};
}

} // namespace logos::scheduling
