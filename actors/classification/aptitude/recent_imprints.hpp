// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/imprint.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>

namespace logos::classification {

/// What must be known of a request when somebody says later how its answer was.
struct remembered {
  std::shared_ptr<const imprint> about{};
  std::int64_t tenant = 0;
  std::int64_t model = 0;
  std::int64_t giver = 0; // the key that asked
  bool storable = false;  // log level FULL: the imprint may be written down
};

/// The imprints of the last prompts by request id, never their text. Bounded in bytes and age: the oldest go first.
/// Takes its time from the caller. Not thread-safe.
class recent_imprints {
public:
  struct bounds {
    std::size_t bytes = 32 * 1024 * 1024;
    std::chrono::seconds age = std::chrono::hours{24};
  };
  explicit recent_imprints(bounds within) : within_{within} {}

  /// Remembers a request. A second time replaces what is known of it, and its age stays that of the first time.
  void add(const core::uuid& request, remembered what, core::steady_time now);
  /// Null when it is unknown, too old or was pushed out. Valid until the next call that is not const.
  const remembered* find(const core::uuid& request, core::steady_time now) const;

  std::size_t size() const { return by_id_.size(); }
  /// What is held, with the tables around it.
  std::size_t bytes() const { return bytes_; }
  /// How many were pushed out before their time.
  std::uint64_t pushed_out() const { return pushed_out_; }

private:
  struct entry {
    remembered what{};
    core::steady_time since{};
  };
  static std::size_t cost(const remembered& what);
  void drop_oldest();

  bounds within_;
  std::unordered_map<core::uuid, entry, core::uuid_hash> by_id_;
  std::deque<core::uuid> oldest_first_;
  std::size_t bytes_ = 0;
  std::uint64_t pushed_out_ = 0;
};

} // namespace logos::classification
