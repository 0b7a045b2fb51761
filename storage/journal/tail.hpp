// SPDX-License-Identifier: MIT
#pragma once
#include "storage/journal/journal.hpp"
#include "storage/progress.hpp"
#include "storage/records.hpp"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace logos::storage {

/// What is to be written next, in one transaction: `store::write_batch(rows, progress, forget)`. The texts of `rows`
/// point into segments that the batch keeps mapped.
struct journal_batch {
  std::vector<finished> rows;
  std::vector<segment_progress> progress;
  std::vector<std::string> forget;
  std::vector<std::shared_ptr<segment>> pins;

  bool empty() const { return rows.empty() && forget.empty(); }
};

/// Reads what this run's writers have committed, and, at start, what earlier runs left behind. STORAGE's thread.
///
///   journal_tail tail{journal, *store.load_progress()};
///   for (;;) { journal.prepare(); journal.sync(now);
///              auto batch = tail.next(1000);
///              if (!batch.empty() && write until it succeeds) tail.done(batch); }
class journal_tail {
public:
  /// `progress`: what the database knows. Earlier runs' segments are opened and settled first.
  journal_tail(journal& of, const std::vector<segment_progress>& progress);
  ~journal_tail();

  /// At most `max_rows` rows, and no more than about 16 MiB unless one row is larger; empty when there is nothing. Call
  /// `done` before the next `next`.
  journal_batch next(std::size_t max_rows);
  /// The batch is in the database: moves on, and deletes segments that are no longer needed.
  void done(const journal_batch& batch);

  /// Requests that have begun and not finished, as far as this tail has read.
  std::size_t open_requests() const { return open_.size(); }
  /// Records that could not be read since the start: torn by a power loss or a broken disk.
  std::uint64_t torn() const { return torn_; }
  /// Requests of earlier runs that were settled as partial.
  std::uint64_t settled() const { return settled_; }

private:
  struct cursor;
  struct opening;
  void open_earlier(const std::vector<segment_progress>& progress);
  void follow(std::shared_ptr<segment> s);
  bool read(cursor& c, journal_batch& batch, std::size_t max_rows, std::size_t& bytes);
  void settle_earlier(journal_batch& batch, std::size_t max_rows);
  bool carry_over(cursor& c);

  journal& journal_;
  journal_writer* carrier_ = nullptr; // appends what must outlive its segment
  std::map<std::string, std::unique_ptr<cursor>> cursors_;
  std::unordered_map<core::uuid, opening, core::uuid_hash> open_;
  std::vector<std::string> forget_;
  std::uint64_t torn_ = 0;
  std::uint64_t settled_ = 0;
};

} // namespace logos::storage
