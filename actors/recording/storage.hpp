// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/metronome.hpp"
#include "actors/recording/scribe.hpp"

#include <chrono>

namespace logos::recording {

struct storage_options {
  std::chrono::microseconds interval{std::chrono::milliseconds{150}}; // between two looks at the journal
  std::chrono::milliseconds flush_time{10'000};                       // longest that a flush writes
  bool courteous = false; // let requests have the processor first; for a thread that does nothing else
};

/// STORAGE: turns the journal into rows, on a thread of its own (`spawn_blocking`).
class storage_state {
public:
  using handle = actors::storage_actor;
  /// `journal`, `clock` and `shown` outlive the actor.
  storage_state(actors::self_pointer<storage_state> self, storage::journal& journal, store_factory open,
                const core::clock& clock, figures& shown, storage_options options);
  handle::behavior_type make_behavior();

private:
  void tick();
  void observe(const actors::provider_observation& seen);
  actors::actor_status status() const;

  actors::self_pointer<storage_state> self_;
  const core::clock& clock_;
  storage_options options_;
  actors::metronome<actors::self_pointer<storage_state>> metronome_;
  scribe scribe_;
};

} // namespace logos::recording
