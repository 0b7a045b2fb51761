// SPDX-License-Identifier: MIT
#include "actors/execution/costs.hpp"

#include "actors/accounting/applied_prices.hpp"

namespace logos::execution {

std::optional<accounting::cost> find_cost(const admission& a, const net::exchange& x, const catalog::deployment& d,
                                          const net::usage& u, accounting::applied_prices* from) {
  if (a.brings_key()) return std::nullopt; // the client pays
  return a.snapshot->prices.cost_of(d.model->id, d.provider->id, accounting::counts_of(u, u.own), x.received(), from);
}

core::nano owed_by(const admission& a, const net::exchange& x) {
  const auto dropped = a.held ? a.held->spent() : 0;
  const auto* d = a.unanswered ? a.snapshot->find_deployment(a.unanswered->deployment_id) : nullptr;
  if (d == nullptr) return dropped;
  const auto lost = find_cost(a, x, *d, a.unanswered->tokens).value_or(accounting::cost{}).amount;
  return dropped > accounting::most_money - lost ? accounting::most_money : dropped + lost;
}

} // namespace logos::execution
