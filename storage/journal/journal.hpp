// SPDX-License-Identifier: MIT
#pragma once
#include "storage/journal/writer.hpp"
#include "storage/result.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace logos::storage {

class segment;

struct journal_options {
  std::filesystem::path directory; // DATA_DIR/journal; made if missing
  std::string run;                 // names this run of this node: letters, digits and '-'; new at each start
  std::size_t segment_bytes = std::size_t{16} << 20;  // of one segment file
  std::uint64_t limit_bytes = std::uint64_t{8} << 30; // of all segments; beyond it nothing is appended
};

/// What the metrics show. Read by any thread.
struct journal_figures {
  std::uint64_t appended = 0;      // records
  std::uint64_t refused = 0;       // rows lost because no space could be had
  std::uint64_t shortened = 0;     // rows without their bodies, likewise
  std::uint64_t turned_away = 0;   // requests that were not begun, likewise
  std::uint64_t stalls = 0;        // segments that an I/O thread had to make itself
  std::uint64_t torn = 0;          // records that could not be read: torn by a power loss or a broken disk
  std::uint64_t segments = 0;      // files of this run that are still there
  std::uint64_t pending_bytes = 0; // appended and not yet known to be in the database
  bool lacks_room = false;         // there is none for another segment, or was none for a record a few seconds ago
};

/// The journal of one run of one node: its directory, its writers and its live segments. DATA_DIR is locked by the
/// caller, so no other process writes there. Made and destroyed by one thread; destroy it after its writers' threads
/// have ended.
class journal {
public:
  static result<std::unique_ptr<journal>> open(journal_options options);
  ~journal();
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  /// A new writer for one thread, with its first segments ready; owned by the journal, never shared between threads.
  /// Any thread may ask.
  result<journal_writer*> new_writer();
  /// Makes ready each writer's next segment, so that no I/O thread has to. Call it often, on STORAGE's thread: it is
  /// cheap when there is nothing to do.
  void prepare();
  /// Makes what was appended survive a power loss, at most every 100 ms; more often it returns at once. On STORAGE's
  /// thread.
  void sync(core::steady_time now);
  journal_figures figures() const;

private:
  friend class journal_tail;
  explicit journal(journal_options options);
  std::vector<std::shared_ptr<segment>> live_segments();
  /// Tells the log when there is no room any more, and when there is again.
  void tell_of_room(core::steady_time now);
  void drop(const std::string& name);

  journal_options options_;
  journal_pool pool_;
  mutable std::mutex mutex_; // guards what follows; never taken by an append
  std::vector<std::unique_ptr<journal_writer>> writers_;
  std::vector<std::shared_ptr<segment>> segments_;
  std::atomic<std::uint64_t> pending_{0}; // kept by the tail
  std::atomic<std::uint64_t> torn_{0};    // likewise, over all tails
  core::steady_time synced_{};
  bool lacking_ = false;           // a writer has no spare, and no space for one
  std::atomic<bool> short_{false}; // the log has been told that there is no room; kept by STORAGE's thread
  core::steady_time short_at_{};
  std::uint64_t seen_short_ = 0; // how often there was no room
};

} // namespace logos::storage
