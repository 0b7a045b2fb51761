// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <algorithm>
#include <chrono>

namespace logos::embedding {

/// When something that has failed may be tried again: after a second, then after twice as long each time, a minute at
/// most. What was begun before the last failure was known tells nothing new.
class setback {
public:
  static constexpr std::chrono::seconds first{1}, longest{60};

  bool may_begin(core::steady_time now) const { return now >= until_; }
  void failed(core::steady_time begun, core::steady_time now) {
    if (begun < known_) return;
    pause_ = pause_.count() == 0 ? first : std::min(2 * pause_, longest);
    known_ = now;
    until_ = now + pause_;
  }
  void succeeded(core::steady_time begun) {
    if (begun < known_) return;
    pause_ = {};
    until_ = {};
  }
  /// 0: it did well when it was tried last.
  std::chrono::seconds pause() const { return pause_; }
  core::steady_time until() const { return until_; }

private:
  std::chrono::seconds pause_{};
  core::steady_time known_{};
  core::steady_time until_{};
};

} // namespace logos::embedding
