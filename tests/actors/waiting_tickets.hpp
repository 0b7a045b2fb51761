// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/waiting.hpp"

#include <chrono>
#include <optional>

namespace logos::scheduling {

inline constexpr core::steady_time start{std::chrono::hours{1}};

/// A ticket with an hour's patience.
inline waiting ticket(std::uint64_t id, lane l, std::uint8_t priority, core::steady_time arrived = start) {
  waiting w;
  w.request = core::uuid::from_halves(1, id);
  w.lane = l;
  w.priority = priority;
  w.process_id = static_cast<std::int64_t>(id % 3);
  w.tokens = 100;
  w.arrived = arrived;
  w.deadline = arrived + std::chrono::hours{1};
  return w;
}

inline std::uint64_t id_of(const std::optional<waiting>& w) { return w ? w->request.low() : 0; }

} // namespace logos::scheduling
