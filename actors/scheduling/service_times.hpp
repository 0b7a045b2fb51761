// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/places.hpp"

#include <cstdint>
#include <vector>

namespace logos::scheduling {

/// How long calls have taken lately, per lane and over all: what an honest `retry-after` is made of. One thread.
class service_times {
public:
  /// A call that succeeded took this long.
  void observe(lane l, std::int64_t duration_us);
  /// Seconds (1 to 3600) until `waiting` tickets of a lane are served by `busy` places.
  std::uint32_t retry_after_s(lane l, std::size_t waiting, std::uint32_t busy) const;
  /// The same over all lanes.
  std::uint32_t retry_after_s(std::size_t waiting, std::uint32_t busy) const;

private:
  std::vector<std::int64_t> mean_us_; // 0: nothing seen
  std::int64_t overall_us_ = 0;
};

} // namespace logos::scheduling
