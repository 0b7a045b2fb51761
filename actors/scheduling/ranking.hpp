// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/waiting.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace logos::scheduling {

/// The rules by which a queue ranks: pure functions of a ticket and of `pace`, what a call (or, if that takes longer, a
/// load) takes here as learned. No time of a clock is in them.
namespace ranking {

/// What a level is: 0 goes first. Interactive high, mid and low, then batch high, mid and low.
using level = std::uint8_t;
inline constexpr level levels = 6;

/// How long a ticket stays at a level before it rises to the one above, in paces. So whoever is `low` goes before all
/// that is `high` and comes 2 steps later.
inline constexpr int step = 4;
/// Of batch, for each of its levels.
inline constexpr int batch_step = 2 * step;
/// A ticket may go before others of its level for its deadline's sake when it has waited so many paces, and no more
/// than so many are left.
inline constexpr int haste = 2;
/// A ticket stands behind those of its own key that came so many paces later at most because it is large.
inline constexpr int largest_lag = 4;
inline constexpr std::chrono::milliseconds shortest_pace{50};

/// 1 to 3 are low, 4 to 7 mid, 8 to 10 high.
level level_of(std::uint8_t priority, std::uint8_t mode);
/// The priority that a ticket counts as which has risen to a level: its own before it has, then that of the class of
/// its mode that it has come to, and never less.
std::uint8_t priority_at(level at, std::uint8_t priority, std::uint8_t mode);
/// From entering a level to entering the one above. Level 0 has none above.
std::chrono::microseconds stay_at(level at, std::chrono::microseconds pace);
/// How much later a ticket of this size counts as having come, among its own key's.
std::chrono::microseconds lag_of(std::uint32_t tokens, std::uint32_t usual, std::chrono::microseconds pace);
/// The most that a ticket of its key may have that came before one of `tokens` and is not passed by it.
constexpr std::uint32_t hardly_larger(std::uint32_t tokens) { return tokens + tokens / 4; }
/// From when on its deadline counts; none if it leaves no time for that, so who asks for little time gains nothing.
std::optional<core::steady_time> hasty_from(const waiting& ticket, std::chrono::microseconds pace);

} // namespace ranking
} // namespace logos::scheduling
