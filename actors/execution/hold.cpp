// SPDX-License-Identifier: MIT
#include "actors/execution/hold.hpp"

namespace logos::execution {

hold::hold(workplace& at, const core::uuid& request, core::nano amount) : at_{at}, request_{request}, amount_{amount} {}

hold::~hold() { settle(0, 0); }

void hold::settle(std::int64_t tokens, core::nano cost) {
  if (!open_) return;
  open_ = false;
  const accounting::settlement end{request_, tokens, cost};
  if (at_.next.settlements) at_.next.settlements->put(end);
  at_.unit.send(at_.next.ledger, end);
}

} // namespace logos::execution
