// SPDX-License-Identifier: MIT
#include "actors/execution/errand.hpp"

#include "actors/execution/books.hpp"

namespace logos::execution {

using core::ec;

errand::errand(workplace& at, net::exchange_ptr x, catalog::snapshot_ptr snapshot, const catalog::deployment& d,
               std::unique_ptr<permit> granted)
    : at_{at},
      exchange_{std::move(x)},
      snapshot_{std::move(snapshot)},
      deployment_{d},
      permit_{std::move(granted)} {
  at_.running[exchange_->id()] = this;
  at_.traffic.in_flight.fetch_add(1, std::memory_order_relaxed);
}

errand::~errand() {
  if (const auto mine = at_.running.find(exchange_->id()); mine != at_.running.end() && mine->second == this)
    at_.running.erase(mine);
  at_.traffic.in_flight.fetch_sub(1, std::memory_order_relaxed);
}

actors::held_permit errand::held() const {
  const auto& g = permit_->granted();
  return {g.request, g.permit, g.epoch, g.deployment_id, deployment_.model->id, admission_of(*exchange_).queue_key()};
}

bool worth_retrying(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

bool errand::head(int status, std::span<const net::header_view>) {
  if (!worth_retrying(status) || !admission_of(*exchange_).alternatives()) return true;
  dropped_status_ = status;
  return false;
}

std::string errand::usage_members(const net::usage& reported) {
  const auto& a = admission_of(*exchange_);
  net::call_outcome so_far;
  so_far.tokens = reported;
  const auto used = usage_of(*exchange_, a, deployment_, so_far);
  if (used.source == core::usage_source::none) return {};
  const auto cost = find_cost(a, *exchange_, deployment_, used.tokens);
  if (!cost) return {}; // without a price nobody knows
  return R"("cost":)" + core::to_decimal(cost->amount) + R"(,"cost_currency":")" + at_.rules.cost_currency + "\"";
}

void errand::ending(const net::call_outcome& outcome) { book(outcome); }

void errand::book(const net::call_outcome& outcome) {
  auto& a = admission_of(*exchange_);
  if (a.booked) return;
  a.booked = true;
  book_finished(at_, *exchange_, a, deployment_, permit_->granted(), outcome);
}

void errand::ended(const net::call_outcome& outcome) {
  permit_->end(outcome, !admission_of(*exchange_).brings_key());
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
  if (!again || !at_.ingress)
    book(outcome);
  else
    keep_in_mind(*exchange_, a, deployment_, outcome);
  if (!at_.ingress)
    return exchange_->fail({static_cast<ec>(why.code), std::move(why.message), "", why.retry_after_s}, a.rate_headers);
  at_.returned.emplace(exchange_->id(), exchange_);
  at_.unit.send(at_.ingress, atom::retry_v, exchange_, std::move(why));
}

} // namespace logos::execution
