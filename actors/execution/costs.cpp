// SPDX-License-Identifier: MIT
#include "actors/execution/costs.hpp"

#include "actors/accounting/applied_prices.hpp"

namespace logos::execution {

std::optional<accounting::cost> find_cost(const admission& a, const catalog::snapshot& now, const net::exchange& x,
                                          const catalog::deployment& d, const net::usage& u,
                                          accounting::applied_prices* from) {
  if (a.brings_key()) return std::nullopt; // the client pays
  const auto by = [&](const catalog::snapshot& s) {
    return s.prices.cost_of(d.model->id, d.provider->id, accounting::counts_of(u, u.own), x.received(), from);
  };
  const auto cost = by(now);
  return cost || &now == a.snapshot.get() ? cost : by(*a.snapshot);
}

core::nano owed_by(const admission& a, const catalog::snapshot& now, const net::exchange& x) {
  const auto dropped = a.held ? a.held->spent() : 0;
  const auto* d = a.unanswered ? a.snapshot->find_deployment(a.unanswered->deployment_id) : nullptr;
  if (d == nullptr) return dropped;
  const auto lost = find_cost(a, now, x, *d, a.unanswered->tokens).value_or(accounting::cost{}).amount;
  return dropped > accounting::most_money - lost ? accounting::most_money : dropped + lost;
}

} // namespace logos::execution
