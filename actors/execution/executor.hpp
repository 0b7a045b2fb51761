// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/workplace.hpp"
#include "actors/hosted.hpp"
#include "core/time.hpp"

namespace logos::execution {

/// The EXECUTOR of an I/O thread: carries out what was permitted, and hands on to the LEDGER what it used.
class executor {
public:
  using handle = actors::executor_actor;
  /// `at` outlives the actor. Must be pinned to `at.unit`.
  executor(actors::self_pointer<executor> self, workplace& at, const core::clock& clock);
  /// Refuses and books what was handed to it and has not begun: this EXECUTOR has died.
  ~executor();
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;
  handle::behavior_type make_behavior();

private:
  void carry_out(const net::exchange_ptr& x, const actors::offer& granted);
  /// The permit is not used. INGRESS asks another for one, where there is another.
  void pass_on(const net::exchange_ptr& x, const actors::offer& granted, const core::failure& why);
  void give_up(net::exchange_ptr x, const core::failure& why);
  void hand_on_usage();

  actors::self_pointer<executor> self_;
  workplace& at_;
  const core::clock& clock_;
  std::uint64_t carried_out_ = 0;
};

} // namespace logos::execution
