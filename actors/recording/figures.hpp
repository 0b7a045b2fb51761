// SPDX-License-Identifier: MIT
#pragma once
#include <atomic>
#include <cstdint>

namespace logos::recording {

/// What STORAGE has done since the node started, for metrics and readiness. STORAGE writes, any thread reads; outlives
/// the actor, which may be made again.
struct figures {
  std::atomic<std::uint64_t> rows_written{0};
  std::atomic<std::uint64_t> rows_known{0};    // were in the database already
  std::atomic<std::uint64_t> rows_rejected{0}; // set aside in `log_entry_rejected`
  std::atomic<std::uint64_t> batches{0};
  std::atomic<std::uint64_t> failures{0};     // batches that have to be written again
  std::atomic<std::uint64_t> rows_waiting{0}; // read from the journal and not yet in the database
  std::atomic<bool> away{false};              // the last attempt to write failed
};

} // namespace logos::recording
