// SPDX-License-Identifier: MIT
#include "actors/execution/errand.hpp"

#include "actors/execution/books.hpp"

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

void permit::end(const net::call_outcome& outcome) {
  if (!open_) return;
  open_ = false;
  actors::release r;
  r.permit = granted_.permit;
  r.epoch = granted_.epoch;
  r.deployment_id = granted_.deployment_id;
  r.code = static_cast<std::uint8_t>(outcome.error);
  r.status = static_cast<std::uint16_t>(outcome.status);
  if (outcome.sent != core::wall_time{}) {
    if (outcome.first_byte != core::wall_time{}) r.first_byte_us = (outcome.first_byte - outcome.sent).count();
    r.duration_us = (outcome.ended - outcome.sent).count();
  }
  r.prompt_tokens = static_cast<std::uint32_t>(outcome.tokens.prompt_tokens);
  r.completion_tokens = static_cast<std::uint32_t>(outcome.tokens.completion_tokens);
  r.retry_after_s = outcome.retry_after_s;
  at_.send_release(granted_.provider_id, r);
}

errand::errand(workplace& at, net::exchange_ptr x, catalog::snapshot_ptr snapshot, const catalog::deployment& d,
               const actors::offer& granted)
    : at_{at},
      exchange_{std::move(x)},
      snapshot_{std::move(snapshot)},
      deployment_{d},
      permit_{at, granted} {
  at_.running[exchange_->id()] = this;
  at_.traffic.in_flight.fetch_add(1, std::memory_order_relaxed);
}

errand::~errand() {
  if (const auto mine = at_.running.find(exchange_->id()); mine != at_.running.end() && mine->second == this)
    at_.running.erase(mine);
  at_.traffic.in_flight.fetch_sub(1, std::memory_order_relaxed);
}

actors::held_permit errand::held() const {
  const auto& g = permit_.granted();
  return {
      g.request, g.permit, g.epoch, g.deployment_id, deployment_.model->id, admission_of(*exchange_).who->process_id};
}

bool worth_retrying(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

bool errand::head(int status, std::span<const net::header_view>) {
  if (!worth_retrying(status) || !admission_of(*exchange_).alternatives()) return true;
  dropped_status_ = status;
  return false;
}

void errand::ending(const net::call_outcome& outcome) { book(outcome); }

void errand::book(const net::call_outcome& outcome) {
  auto& a = admission_of(*exchange_);
  if (a.booked) return;
  a.booked = true;
  book_finished(at_, *exchange_, a, deployment_, permit_.granted(), outcome);
}

void errand::ended(const net::call_outcome& outcome) {
  const net::io_unit::turn turn{at_.unit};
  permit_.end(outcome);
  const bool unanswered = !outcome.answered && outcome.error != ec::client_gone;
  if (!unanswered) {
    book(outcome);
    return;
  }
  actors::refusal why;
  why.request = exchange_->id();
  why.deployment_id = deployment_.id;
  why.provider_id = deployment_.provider->id;
  why.code = static_cast<std::uint8_t>(outcome.error == ec::none ? ec::upstream_error : outcome.error);
  why.retry_after_s = outcome.retry_after_s;
  why.message = dropped_status_ != 0 ? "The provider answered with status " + std::to_string(dropped_status_) + "."
                                     : outcome.message;
  auto& a = admission_of(*exchange_);
  const bool again = a.alternatives() && (dropped_status_ != 0 || core::facts(outcome.error).retryable);
  if (!again) book(outcome);
  at_.unit.send(at_.ingress, atom::retry_v, exchange_, std::move(why));
}

} // namespace logos::execution
