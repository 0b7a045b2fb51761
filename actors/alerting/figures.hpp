// SPDX-License-Identifier: MIT
#pragma once
#include <atomic>
#include <cstdint>

namespace logos::alerting {

/// What ALERTS has done since the node started, for metrics. ALERTS writes, any thread reads; outlives the actor, which
/// may be made again.
struct figures {
  std::atomic<std::uint64_t> pending{0}; // in the database, of every node
  std::atomic<std::uint64_t> delivered{0};
  std::atomic<std::uint64_t> refused{0}; // attempts that came to nothing
  std::atomic<std::uint64_t> failed{0};  // given up
};

} // namespace logos::alerting
