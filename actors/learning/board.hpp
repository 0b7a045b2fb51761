// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/learner.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace logos::learning {

/// What the LEARNER of this node has done since the start, for metrics. Any thread reads.
struct figures {
  std::atomic<std::uint64_t> lessons{0};    // learned, whoever heard of them
  std::atomic<std::uint64_t> given{0};      // by clients and administrators, here
  std::atomic<std::uint64_t> refused{0};    // of these
  std::atomic<std::uint64_t> noticed{0};    // implicit signals, here
  std::atomic<std::uint64_t> prompts{0};    // made imprints of
  std::atomic<std::uint64_t> unread{0};     // bodies that are no conversation
  std::atomic<std::uint64_t> pushed_out{0}; // of memory before their time
  std::atomic<std::int64_t> remembered{0};  // requests, now
  std::atomic<std::int64_t> memory_bytes{0};
  std::atomic<std::int64_t> number{0};    // the last row of the log that was learned
  std::atomic<std::uint64_t> failures{0}; // times that the database could not be reached
};

/// Where the LEARNER shows what it has learned, and whoever decides looks: no message, and no wait but for a pointer.
/// Outlives the LEARNER, which may be made again.
class board {
public:
  explicit board(classification::learning_rules rules)
      : shown_{std::make_shared<const classification::learned>(rules)} {}

  std::shared_ptr<const classification::learned> now() const {
    const std::lock_guard lock{mutex_};
    return shown_;
  }
  void show(std::shared_ptr<const classification::learned> what) {
    const std::lock_guard lock{mutex_};
    shown_.swap(what);
  } // what was shown before is destroyed here, after the lock

  learning::figures figures;

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const classification::learned> shown_;
};

} // namespace logos::learning
