// SPDX-License-Identifier: MIT
#include "actors/supervision/restart_plan.hpp"

#include <algorithm>

namespace logos::supervision {

core::steady_time restart_plan::died(core::steady_time now) {
  ++restarts_;
  const bool quiet = now - born_ >= quiet_time;
  pause_ = quiet || pause_.count() == 0 ? first_pause : std::min(2 * pause_, longest_pause);
  return now + pause_;
}

} // namespace logos::supervision
