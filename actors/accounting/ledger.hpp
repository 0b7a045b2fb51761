// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/totals.hpp"
#include "actors/hosted.hpp"

namespace logos::accounting {

/// LEDGER: what has been used since the node started.
class ledger_state {
public:
  using handle = actors::ledger_actor;
  explicit ledger_state(actors::self_pointer<ledger_state> self);
  handle::behavior_type make_behavior();

private:
  actors::self_pointer<ledger_state> self_;
  totals totals_;
};

} // namespace logos::accounting
