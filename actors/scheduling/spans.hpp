// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace logos::scheduling {

/// A span that came in a message, kept from nothing to a year, so that sums of times stay within their type.
inline std::chrono::microseconds bounded(std::int64_t us) {
  constexpr std::int64_t longest_us = 366LL * 24 * 3600'000'000;
  return std::chrono::microseconds{std::clamp<std::int64_t>(us, 0, longest_us)};
}

} // namespace logos::scheduling
