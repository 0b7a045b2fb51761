// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <algorithm>
#include <chrono>

namespace logos::recording {

/// When to try again after a failure: at once the first time, then after a pause that doubles up to a limit.
class backoff {
public:
  backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest) : first_{first}, longest_{longest} {}

  bool ready(core::steady_time now) const { return now >= until_; }
  void failed(core::steady_time now) {
    pause_ = pause_.count() == 0 ? first_ : std::min(2 * pause_, longest_);
    until_ = now + pause_;
  }
  void succeeded() {
    pause_ = {};
    until_ = {};
  }

private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  std::chrono::milliseconds pause_{};
  core::steady_time until_{};
};

} // namespace logos::recording
