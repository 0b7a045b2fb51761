// SPDX-License-Identifier: MIT
#pragma once
#include "storage/journal/journal.hpp"
#include "storage/objects.hpp"
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
  std::vector<newly_stored> objects; // by requests whose rows come later: for `store::write_objects`, before the rows
  bool cut_short = false; // it is full, and more may wait; false: all that stood there when it was begun has been read

  bool empty() const { return rows.empty() && forget.empty() && objects.empty(); }
};

/// Reads what this run's writers have committed, and, at start, what earlier runs left behind. STORAGE's thread.
///
///   journal_tail tail{journal, *store.load_progress()};
///   for (;;) { journal.prepare(); journal.sync(now);
///              auto batch = tail.next(1000);
///              if (!batch.empty() && write until it succeeds) tail.done(batch); }
class journal_tail {
public:
  /// `progress`: what the database knows. Earlier runs' segments come first; what they left open is settled as partial.
  journal_tail(journal& of, const std::vector<segment_progress>& progress);
  ~journal_tail();

  /// At most `max_rows` rows, and no more than about 16 MiB unless one row is larger: what either limit leaves behind,
  /// `cut_short` tells. Empty when there is nothing. Call `done` before the next `next`.
  journal_batch next(std::size_t max_rows);
  /// The batch is in the database: moves on, and deletes segments that are no longer needed.
  void done(const journal_batch& batch);
  /// Takes a batch that nobody needs any more: the next one gets its memory.
  void recycle(journal_batch&& spent);

  /// Requests that have begun and not finished, as far as this tail has read.
  std::size_t open_requests() const;
  /// Records that could not be read since the start: torn by a power loss or a broken disk.
  std::uint64_t torn() const { return torn_; }
  /// Requests of earlier runs that were settled as partial.
  std::uint64_t settled() const { return settled_; }

private:
  struct cursor;
  struct opening;
  using cursors = std::map<std::string, std::unique_ptr<cursor>>;

  void open_earlier(const std::vector<segment_progress>& progress);
  void follow_new();
  /// False, here and below: the batch is full.
  bool read_all(journal_batch& batch, std::size_t max_rows);
  bool read(cursor& c, journal_batch& batch, std::size_t max_rows);
  void take(cursor& c, const struct frame& found, std::uint64_t at, journal_batch& batch);
  void open_request(cursor& c, const begun& record);
  bool settle_earlier(journal_batch& batch, std::size_t max_rows);
  void retire(journal_batch& batch);
  bool carry_over(cursor& c);
  /// Counts a record that could not be read; tells of it once per segment.
  void lose(cursor& c);
  void erase(cursors::iterator c);

  journal& journal_;
  journal_writer* carrier_ = nullptr; // keeps what must outlive its segment
  cursors cursors_;
  std::unordered_map<core::uuid, opening, core::uuid_hash> open_;
  std::string turn_; // the writer whose records come first in the next batch
  std::size_t batch_bytes_ = 0;
  std::vector<finished> spare_; // empty, with room
  std::vector<newly_stored> objects_;
  bool earlier_done_ = false; // every record of earlier runs has been read
  std::uint64_t torn_ = 0;
  std::uint64_t settled_ = 0;
};

} // namespace logos::storage
