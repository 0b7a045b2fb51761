// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <unordered_map>

namespace logos::learning {

/// How much feedback each owner of ordinary keys may give: so many at once, and so many a second in the long run.
/// Bounded memory; takes its time from the caller.
class patience {
public:
  struct rules {
    double at_once = 1000;
    double per_second = 20;
    std::size_t table = 8192;
  };
  patience() : patience{rules{}} {}
  explicit patience(const rules& by) : by_{by} {}

  /// Seconds until it may try again; 0: it may now, and that was counted.
  std::uint32_t take(std::int64_t owner, core::steady_time now) {
    if (left_.size() >= by_.table && !left_.contains(owner))
      std::erase_if(left_, [&](const auto& one) { return refilled(one.second, now) >= by_.at_once; });
    // Who finds no room shares with all others that find none.
    auto& mine = left_.size() >= by_.table && !left_.contains(owner)
                     ? left_.try_emplace(0, bucket{by_.at_once, now}).first->second
                     : left_.try_emplace(owner, bucket{by_.at_once, now}).first->second;
    mine = {refilled(mine, now), now};
    if (mine.left < 1) return static_cast<std::uint32_t>((1 - mine.left) / by_.per_second) + 1;
    mine.left -= 1;
    return 0;
  }

private:
  struct bucket {
    double left = 0;
    core::steady_time at{};
  };
  double refilled(const bucket& of, core::steady_time now) const {
    return std::min(by_.at_once, of.left + std::chrono::duration<double>(now - of.at).count() * by_.per_second);
  }

  rules by_;
  std::unordered_map<std::int64_t, bucket> left_;
};

} // namespace logos::learning
