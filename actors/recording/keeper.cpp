// SPDX-License-Identifier: MIT
#include "actors/recording/keeper.hpp"

namespace logos::recording {

keeper_state::keeper_state(actors::self_pointer<keeper_state> self, store_factory open, const core::clock& clock,
                           upkeep_figures& shown, keeper_options options)
    : self_{self},
      options_{options},
      metronome_{self, options.interval},
      upkeep_{std::move(open), options.keep, clock, shown} {}

keeper_state::handle::behavior_type keeper_state::make_behavior() {
  metronome_.rearm();
  return {
      [this](atom::tick) { tick(); },
      [this](atom::status) { return status(); },
  };
}

void keeper_state::tick() {
  metronome_.rearm();
  if (upkeep_.work()) self_->delayed_send(self_, options_.pause, atom::tick_v);
}

actors::actor_status keeper_state::status() const {
  if (upkeep_.trouble().empty()) return self_->vitals("keeping");
  return self_->vitals("database away: " + upkeep_.trouble());
}

} // namespace logos::recording
