// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/places.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace logos::scheduling {

/// How long calls have taken lately, per lane and over all: what an honest `retry-after` is made of. What one call may
/// expect, with its prompt's length, is `monitoring::experience`'s. One thread.
class service_times {
public:
  /// A call that succeeded took this long.
  void observe(lane l, std::int64_t duration_us);
  /// What calls took before a restart, if none has ended since.
  void recall(lane l, std::int64_t mean_us);
  /// What a call of this lane takes; of one that nothing is known of, what a call of any takes; 0: nothing is known.
  std::int64_t mean_us(lane l) const { return l < mean_us_.size() && mean_us_[l] > 0 ? mean_us_[l] : overall_us_; }
  /// What a call takes over all lanes, as learned; a second before the first has ended.
  std::chrono::microseconds typical() const;

private:
  std::vector<std::int64_t> mean_us_; // 0: nothing seen
  std::int64_t overall_us_ = 0;
};

} // namespace logos::scheduling
