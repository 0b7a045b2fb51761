// SPDX-License-Identifier: MIT
#include "actors/scheduling/ranking.hpp"

#include <algorithm>

namespace logos::scheduling::ranking {
namespace {

constexpr std::uint8_t interactive = 0; // core::traffic_mode
constexpr level first_of_batch = 3;

} // namespace

level level_of(std::uint8_t priority, std::uint8_t mode) {
  const level of_class = priority >= 8 ? 0 : priority >= 4 ? 1 : 2;
  return mode == interactive ? of_class : static_cast<level>(first_of_batch + of_class);
}

std::uint8_t priority_at(level at, std::uint8_t priority, std::uint8_t mode) {
  constexpr std::uint8_t of_class[] = {10, 5, 1}; // core::priority_high, _mid, _low
  if (at >= level_of(priority, mode)) return priority;
  const auto best = mode == interactive ? level{0} : first_of_batch;
  return std::max(priority, of_class[std::max(at, best) - best]);
}

std::chrono::microseconds stay_at(level at, std::chrono::microseconds pace) {
  return pace * (at < first_of_batch ? step : batch_step);
}

std::chrono::microseconds lag_of(std::uint32_t tokens, std::uint32_t usual, std::chrono::microseconds pace) {
  if (usual == 0 || tokens <= usual) return std::chrono::microseconds{0};
  const auto more = std::min<std::int64_t>(tokens - usual, std::int64_t{largest_lag} * usual);
  return pace * more / usual;
}

std::optional<core::steady_time> hasty_from(const waiting& ticket, std::chrono::microseconds pace) {
  const auto from = std::max(ticket.deadline - haste * pace, ticket.arrived + haste * pace);
  return from < ticket.deadline ? std::optional{from} : std::nullopt;
}

} // namespace logos::scheduling::ranking
