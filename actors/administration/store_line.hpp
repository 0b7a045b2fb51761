// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/local_messages.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace logos::administration {

/// Work for a REGISTRY on behalf of a call.
struct store_turn {
  std::shared_ptr<const call> caller;
  std::function<actors::store_reply(storage::store& in)> work;
  std::function<void(const actors::store_reply& made)> then;
  core::steady_time until{}; // what has not begun by then is not done at all
  bool had_begun = false;    // it is a further step of what was begun
};

/// Decides between who would begin something and who gives it up: the first to take it has it. Any thread.
class sole_right {
public:
  /// Whether it was still there to be taken.
  bool take() { return !taken_.exchange(true); }

private:
  std::atomic<bool> taken_{false};
};

/// Who waits for a REGISTRY, which does one thing at a time. Keys take turns, so that nobody waits behind all that
/// another key has asked for; a key's own are in the order in which they came. One thread.
class store_line {
public:
  /// How many may wait beside the one that is under way; 0: any number.
  struct bounds {
    std::size_t of_key = 0;
    std::size_t in_all = 0; // with so many, a key that has one waiting gets no more
    std::size_t keys = 0;   // that have one waiting
  };
  explicit store_line(bounds most) : most_{most} {}

  /// Whether this key may wait with one more; if not, the failure says when to come again.
  core::failure check(std::int64_t key) const;
  /// Turns have to come in the order of their `until`.
  void add(store_turn turn);
  /// Whose turn it is, which is under way then; nothing while another one is.
  std::optional<store_turn> begin();
  /// What was under way has ended after so long.
  void end(core::steady_time::duration took);
  /// Takes out those whose time is over.
  std::vector<store_turn> take_late(core::steady_time now);
  /// Takes out what this exchange has asked for, if it waits.
  void forget(const core::uuid& request);
  /// When the first of those who wait will be late; nothing when nobody waits.
  std::optional<core::steady_time> first_end() const;

private:
  /// Until so many turns from now have ended, at their usual pace.
  std::uint32_t seconds_for(std::size_t turns) const;
  /// Keeps the keys that still have somebody waiting.
  void tidy();

  bounds most_;
  std::unordered_map<std::int64_t, std::deque<store_turn>> waiting_; // by key, none of them empty
  std::deque<std::int64_t> order_;                                   // these keys, who is next first
  std::size_t count_ = 0;
  bool busy_ = false;
  std::chrono::duration<double> usual_{0}; // how long a turn takes
};

} // namespace logos::administration
