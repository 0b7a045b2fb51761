// SPDX-License-Identifier: MIT
#pragma once
#include <atomic>
#include <cstdint>

namespace logos::core {

/// A number that one thread changes and any thread reads.
class counter {
public:
  void add(std::uint64_t n = 1) { value_.store(value() + n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n = 1) { value_.store(value() - n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> value_{0};
};

} // namespace logos::core
