// SPDX-License-Identifier: MIT
#pragma once
#include "actors/recording/backoff.hpp"
#include "actors/recording/scribe.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace logos::recording {

/// How long what requests leave is kept; 0: for ever.
struct retention_times {
  std::chrono::milliseconds rows{0};
  std::chrono::milliseconds payloads{0};
  std::chrono::milliseconds snapshots{0};
};

/// What KEEPER has done since the node started, for metrics. KEEPER writes, any thread reads; outlives the actor.
struct upkeep_figures {
  std::atomic<std::uint64_t> sums_merged{0};
  std::atomic<std::uint64_t> rows_removed{0};
  std::atomic<std::uint64_t> payloads_removed{0};
  std::atomic<std::uint64_t> snapshots_removed{0};
  std::atomic<std::uint64_t> rejected_removed{0};
  std::atomic<std::uint64_t> failures{0};
};

/// Keeps the books in order, a small transaction at a time: merges sums, and removes what is past its time. All that it
/// needs to know is in the database, so another node, or the next start, goes on where one has stopped. One thread;
/// blocks.
class upkeep {
public:
  /// `clock` and `shown` outlive it.
  upkeep(store_factory open, retention_times keep, const core::clock& clock, upkeep_figures& shown);

  /// Does a batch of each; true: there is more to do.
  bool work();
  /// Why the database is away; empty: it is not.
  const std::string& trouble() const { return trouble_; }

private:
  bool connect();
  void open_months();
  bool merge();
  bool remove();
  bool failed(const core::failure& why);

  store_factory open_;
  retention_times keep_;
  const core::clock& clock_;
  upkeep_figures& shown_;
  backoff backoff_;
  std::unique_ptr<storage::store> store_;
  std::optional<core::steady_time> months_opened_;
  storage::retention_batch removed_; // since there was last nothing more to remove
  std::string trouble_;
};

} // namespace logos::recording
