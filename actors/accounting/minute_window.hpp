// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <cstdint>
#include <deque>

namespace logos::accounting {

/// How much there was in the last minute, at every moment: never more than the truth is forgotten, because what came
/// within a grain of time leaves with the last of it. Bounded by the grains of a minute. Pure.
///
/// What a request may use is reserved in the minute in which it came, and when its end tells how much it was, that
/// stands there instead. If that minute is over by then, what was reserved stays what it is, and what was used beyond
/// it counts in the minute in which it became known: no answer is so long that it is forgotten.
class minute_window {
public:
  static constexpr std::chrono::seconds length{60};
  static constexpr std::chrono::milliseconds grain{50};

  std::int64_t sum(core::steady_time now);
  /// Mostly the newest: what is earlier than what came before is put in its place.
  void add(core::steady_time at, std::int64_t amount);
  /// The same of what may turn out to be less.
  void reserve(core::steady_time at, std::int64_t amount);
  /// Of what was reserved at that moment it is known `now` how much it is.
  void settle(core::steady_time at, std::int64_t reserved, std::int64_t amount, core::steady_time now);
  /// What both together would have left, of a request from before.
  void recall(core::steady_time at, std::int64_t reserved, std::int64_t amount, core::steady_time known);
  /// When `amount` more will fit under `limit`; `now` if it does. Call only with `amount` <= `limit`.
  core::steady_time room_at(core::steady_time now, std::int64_t amount, std::int64_t limit);
  /// When it will at the earliest, if what is reserved turns out to be nothing. If `amount` needs the whole limit, the
  /// same as `room_at`: nothing is reserved of which nothing is used.
  core::steady_time earliest_room(core::steady_time now, std::int64_t amount, std::int64_t limit);

private:
  struct entry {
    core::steady_time first; // of the grain
    core::steady_time last;
    std::int64_t amount;
    std::int64_t reserved; // of it
  };
  void add(core::steady_time at, std::int64_t amount, std::int64_t reserved);
  void forget(core::steady_time now);

  std::deque<entry> entries_;
  std::int64_t sum_ = 0;
  std::int64_t reserved_ = 0; // of the sum
};

} // namespace logos::accounting
