// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/learning/notebook.hpp"
#include "actors/learning/patience.hpp"
#include "actors/learning/study.hpp"
#include "actors/metronome.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace logos::learning {

/// What the LEARNER is made with.
struct learner_parts {
  store_factory open;
  std::shared_ptr<intake> comes; // what I/O threads have left
  std::shared_ptr<board> shows;  // both outlive a LEARNER that is made again
  study::rules studies{};
  notebook::rules remembers{};
  patience::rules bears{};
  std::chrono::microseconds interval{std::chrono::milliseconds{250}}; // between two looks at what has come
  std::chrono::seconds log_interval{1};                               // between two looks at the log
};

/// LEARNER: remembers what was asked of models, hears how good the answers were, and learns from it, on a thread of its
/// own (`spawn_blocking`). Feedback is answered when it is in the database and on the board.
class learner_state {
public:
  using handle = actors::learner_actor;
  /// `clock` outlives the actor.
  learner_state(actors::self_pointer<learner_state> self, learner_parts with, const core::clock& clock);
  handle::behavior_type make_behavior();

private:
  void tick();
  void look_at_log();
  void take_notes();
  remark_reply hear(const remark& said);
  /// The rows that a remark is worth, or why it is none.
  core::failure rows_of(const remark& said, std::vector<noted>& out);
  core::failure find_about(const remark& said, classification::remembered& out);
  /// What is known of a request of the caller's, here or packed. A failure notes in `unknown_` which one it is about.
  core::failure find_request(const remark& said, const core::uuid& request, const std::string& packed,
                             classification::remembered& out);
  std::string recollect(const core::uuid& request);
  std::string describe() const;
  std::uint64_t adopt(const catalog::snapshot_ptr& fresh);
  actors::actor_status status() const;

  actors::self_pointer<learner_state> self_;
  learner_parts with_;
  const core::clock& clock_;
  actors::metronome<actors::self_pointer<learner_state>> metronome_;
  study study_;
  notebook notes_;
  patience patience_;
  catalog::snapshot_ptr catalog_; // null: none has come
  bool catalog_is_new_ = false;   // nobody has looked whether models are gone
  core::uuid_source ids_;
  core::uuid unknown_{}; // the last request that somebody asked after in vain
  core::steady_time log_at_{};
};

} // namespace logos::learning
