// SPDX-License-Identifier: MIT
#pragma once
#include "actors/recording/backoff.hpp"
#include "actors/recording/courtesy.hpp"
#include "actors/recording/figures.hpp"
#include "core/time.hpp"
#include "storage/journal/tail.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace logos::recording {

/// Opens a store for the calling thread.
using store_factory = std::function<storage::result<std::unique_ptr<storage::store>>()>;

/// Copies the journal into the database: in batches, idempotently, again and again until it is there. What cannot be
/// written now stays in the journal. One thread; blocks.
class scribe {
public:
  /// `journal`, `clock` and `shown` outlive it.
  scribe(storage::journal& journal, store_factory open, const core::clock& clock, figures& shown,
         courtesy manners = courtesy{false});

  /// Looks after the journal's segments and writes what is new, for about `at_most`. True: there is more.
  bool write(std::chrono::milliseconds at_most);
  /// Writes everything that stands in the journal now, whatever the back-off says; returns 0 when it is in the
  /// database, else how many rows are known not to be, at least 1. `at_most` ends it early.
  std::uint64_t flush(std::chrono::milliseconds at_most);
  /// Keeps what a MONITOR saw until the next `write`. The oldest are dropped when the database is away for long.
  void keep(storage::provider_snapshot seen);

  /// Keeps what was learned of deployments for one of the next `write`s, or for `flush`: what comes often is not
  /// written each time.
  void keep(std::span<const storage::deployment_experience> learned);

  std::uint64_t waiting() const { return batch_ ? batch_->rows.size() : 0; }
  /// Why the database is away; empty: it is not.
  const std::string& trouble() const { return trouble_; }

private:
  enum class step {
    away,    // the database cannot take the batch: it waits
    nothing, // there was nothing to write
    part,    // a batch is written, and more may wait that stood in the journal when it was read
    all,     // a batch is written, with all that stood in the journal when it was read
  };
  bool connect();
  step write_batch();
  void write_snapshots();
  void write_experience(core::steady_time now);
  void failed(const core::failure& why);
  void succeeded();

  storage::journal& journal_;
  store_factory open_;
  const core::clock& clock_;
  figures& shown_;
  courtesy manners_;
  backoff backoff_;
  std::unique_ptr<storage::store> store_;
  std::optional<storage::journal_tail> tail_;
  std::optional<storage::journal_batch> batch_; // read, and not yet in the database
  std::vector<storage::provider_snapshot> snapshots_;
  std::map<std::int64_t, storage::deployment_experience> learned_; // by deployment: not written yet
  core::steady_time learned_written_{};
  std::string trouble_;
};

} // namespace logos::recording
