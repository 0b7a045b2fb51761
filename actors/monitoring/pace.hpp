// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace logos::monitoring {

/// When a MONITOR looks again: regularly while the provider answers, soon after it has failed, then ever less often.
class pace {
public:
  struct intervals {
    std::chrono::milliseconds regular{5'000};
    std::chrono::milliseconds first_retry{250};
    std::chrono::milliseconds longest{30'000};
  };
  pace() : pace{intervals{}} {}
  explicit pace(intervals of) : of_{of}, retry_{of.first_retry} {}

  /// The time until the next look, after one that went well or not.
  std::chrono::milliseconds after(bool reachable) {
    if (reachable) {
      failures_ = 0;
      retry_ = of_.first_retry;
      return of_.regular;
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
  std::chrono::milliseconds retry_;
  std::uint32_t failures_ = 0;
};

} // namespace logos::monitoring
