// SPDX-License-Identifier: MIT
#include "actors/accounting/ledger.hpp"

namespace logos::accounting {

ledger_state::ledger_state(actors::self_pointer<ledger_state> self) : self_{self} {}

ledger_state::handle::behavior_type ledger_state::make_behavior() {
  return {
      [this](const std::vector<actors::usage_entry>& entries) { totals_.add(entries); },
      [this](atom::totals) { return totals_.list(); },
      [this](atom::status) { return self_->vitals("counting " + std::to_string(totals_.size()) + " accounts"); },
  };
}

} // namespace logos::accounting
