// SPDX-License-Identifier: MIT
#include "actors/execution/hold.hpp"

namespace logos::execution {

hold::hold(workplace& at, const core::uuid& request, core::nano amount) : at_{at}, request_{request}, amount_{amount} {}

hold::~hold() { settle(0, 0); }

void hold::settle(std::int64_t tokens, core::nano cost) {
  if (!open_) return;
  open_ = false;
  at_.bring(accounting::settlement{request_, tokens, cost});
}

} // namespace logos::execution
