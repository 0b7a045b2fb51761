// SPDX-License-Identifier: MIT
#pragma once
#include <atomic>
#include <cstdint>

namespace logos::accounting {

/// The LEDGER's sums since the node started, for metrics: at every moment reserved = settled + released + outstanding.
/// The LEDGER writes, any thread reads; outlives the actor, which may be made again.
struct figures {
  std::atomic<std::int64_t> reserved_nano{0};
  std::atomic<std::int64_t> settled_nano{0};
  std::atomic<std::int64_t> released_nano{0};
  std::atomic<std::int64_t> outstanding_nano{0};
  std::atomic<std::int64_t> over_hold_nano{0}; // settled beyond what was reserved
  std::atomic<std::int64_t> credited_nano{0};  // to the budgets that there are
  std::atomic<std::uint64_t> reservations{0};  // open now
  std::atomic<std::uint64_t> refusals{0};
  std::atomic<std::uint64_t> imbalances{0}; // times that the sums did not agree
};

} // namespace logos::accounting
