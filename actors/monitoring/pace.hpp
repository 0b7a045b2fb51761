// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace logos::monitoring {

/// When a MONITOR looks again: soon after something has changed, then ever less often up to the regular interval; soon
/// after the provider has failed, then ever less often.
class pace {
public:
  struct intervals {
    std::chrono::milliseconds regular{5'000};
    std::chrono::milliseconds soon{1'000}; // while nothing is known of the provider's times
    std::chrono::milliseconds shortest{50};
    std::chrono::milliseconds first_retry{250};
    std::chrono::milliseconds longest{30'000};
  };
  pace() : pace{intervals{}} {}
  explicit pace(intervals of) : of_{of}, next_{of.regular}, retry_{of.first_retry} {}

  /// The time until the next look, after one that went well or not. `stirs`: the look has found something else than the
  /// one before. `shortest_load`: the time in which what lies in memory can change, if that is known.
  std::chrono::milliseconds after(bool reachable, bool stirs = false,
                                  std::optional<std::chrono::milliseconds> shortest_load = {}) {
    if (reachable) {
      failures_ = 0;
      retry_ = of_.first_retry;
      const auto soon = shortest_load ? *shortest_load / 2 : of_.soon;
      next_ = stirs ? std::clamp(soon, of_.shortest, of_.regular) : std::min(next_ * 2, of_.regular);
      return next_;
    }
    ++failures_;
    const auto wait = retry_;
    retry_ = std::min(retry_ * 2, of_.longest);
    return wait;
  }
  /// In a row.
  std::uint32_t failures() const { return failures_; }

private:
  intervals of_;
  std::chrono::milliseconds next_;
  std::chrono::milliseconds retry_;
  std::uint32_t failures_ = 0;
};

} // namespace logos::monitoring
