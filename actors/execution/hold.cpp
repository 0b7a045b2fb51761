// SPDX-License-Identifier: MIT
#include "actors/execution/hold.hpp"

namespace logos::execution {
namespace {

core::nano sum(core::nano a, core::nano b) { return a > accounting::most_money - b ? accounting::most_money : a + b; }

} // namespace

hold::hold(workplace& at, const core::uuid& request, core::nano amount) : at_{at}, request_{request}, amount_{amount} {}

hold::~hold() { settle(0, 0); }

void hold::spend(std::int64_t tokens, core::nano cost) {
  spent_tokens_ += tokens;
  spent_ = sum(spent_, cost);
}

void hold::settle(std::int64_t tokens, core::nano cost) {
  if (!open_) return;
  open_ = false;
  at_.bring(accounting::settlement{request_, tokens + spent_tokens_, sum(cost, spent_)});
}

} // namespace logos::execution
