// SPDX-License-Identifier: MIT
#pragma once
#include "actors/handles.hpp"

#include <caf/all.hpp>

#include <chrono>

namespace logos::actors {

/// A regular `tick` to oneself, also for actors with a thread of their own. However many ticks others send meanwhile,
/// there is one series: call `rearm` in the handler of `tick`, and once in `make_behavior`.
template <class Self>
class metronome {
public:
  metronome(Self self, std::chrono::microseconds interval) : self_{self}, interval_{interval} {}

  void rearm() {
    const auto now = self_->clock().now();
    if (now < due_) return;
    due_ = now + interval_;
    self_->delayed_send(self_, interval_, atom::tick_v);
  }

private:
  Self self_;
  std::chrono::microseconds interval_;
  caf::actor_clock::time_point due_{};
};

} // namespace logos::actors
