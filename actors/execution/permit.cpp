// SPDX-License-Identifier: MIT
#include "actors/execution/permit.hpp"

#include "core/fault_point.hpp"

namespace logos::execution {

using core::ec;

void workplace::send_release(std::int64_t provider_id, const actors::release& r) {
  if (const auto at = schedulers.find(provider_id); at != schedulers.end()) unit.send(at->second, r);
}

permit::permit(workplace& at, const actors::offer& granted) : at_{at}, granted_{granted} {}

permit::~permit() {
  if (!open_) return;
  net::call_outcome lost;
  lost.error = ec::internal;
  end(lost);
}

void permit::end(const net::call_outcome& outcome, const core::rate_word& rates, bool ours, bool account_closed) {
  if (!open_) return;
  open_ = false;
  actors::release r;
  r.permit = granted_.permit;
  r.epoch = granted_.epoch;
  r.deployment_id = granted_.deployment_id;
  r.code = static_cast<std::uint8_t>(outcome.error);
  r.status = static_cast<std::uint16_t>(outcome.status);
  r.visitor = !ours;
  if (outcome.sent != core::wall_time{}) {
    if (outcome.first_byte != core::wall_time{}) r.first_byte_us = (outcome.first_byte - outcome.sent).count();
    r.duration_us = (outcome.ended - outcome.sent).count();
  }
  r.prompt_tokens = static_cast<std::uint32_t>(outcome.tokens.prompt_tokens);
  r.completion_tokens = static_cast<std::uint32_t>(outcome.tokens.completion_tokens);
  if (ours) {
    r.account_closed = account_closed;
    r.retry_after_s = outcome.retry_after_s;
    r.rates = rates;
    r.rates.age_us = r.duration_us; // quotas are counted when a request comes
  }
  at_.send_release(granted_.provider_id, r);
  core::fault_point("permit.released");
}

} // namespace logos::execution
