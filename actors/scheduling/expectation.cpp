// SPDX-License-Identifier: MIT
#include "actors/scheduling/expectation.hpp"

#include <algorithm>

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

} // namespace logos::scheduling
