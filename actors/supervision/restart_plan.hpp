// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <chrono>
#include <cstdint>

namespace logos::supervision {

/// When to make a dead actor again: after a pause that doubles with each death, from 100 ms to 30 s; an actor that
/// lived for a quiet minute begins anew. Pure.
class restart_plan {
public:
  /// It was made.
  void born(core::steady_time now) { born_ = now; }
  /// It has died; returns when to make it again.
  core::steady_time died(core::steady_time now);
  /// How often it has died.
  std::uint32_t restarts() const { return restarts_; }

  static constexpr std::chrono::milliseconds first_pause{100};
  static constexpr std::chrono::milliseconds longest_pause{30'000};
  static constexpr std::chrono::seconds quiet_time{60};

private:
  core::steady_time born_{};
  std::chrono::milliseconds pause_{};
  std::uint32_t restarts_ = 0;
};

} // namespace logos::supervision
