// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/metronome.hpp"
#include "actors/recording/upkeep.hpp"

#include <chrono>

namespace logos::recording {

/// KEEPER; nobody but its SUPERVISOR speaks with it.
using keeper_actor = caf::typed_actor<
    // Do the next batch.
    caf::reacts_to<atom::tick>>::extend_with<actors::status_actor>;

struct keeper_options {
  retention_times keep;
  std::chrono::microseconds interval{std::chrono::seconds{10}};    // when there is nothing to do
  std::chrono::microseconds pause{std::chrono::milliseconds{100}}; // between two batches, for others
};

/// KEEPER: keeps the books in order in the background, on a thread of its own (`spawn_blocking`).
class keeper_state {
public:
  using handle = keeper_actor;
  /// `clock` and `shown` outlive the actor.
  keeper_state(actors::self_pointer<keeper_state> self, store_factory open, const core::clock& clock,
               upkeep_figures& shown, keeper_options options);
  handle::behavior_type make_behavior();

private:
  void tick();
  actors::actor_status status() const;

  actors::self_pointer<keeper_state> self_;
  keeper_options options_;
  actors::metronome<actors::self_pointer<keeper_state>> metronome_;
  upkeep upkeep_;
};

} // namespace logos::recording
