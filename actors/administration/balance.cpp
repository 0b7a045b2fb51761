// SPDX-License-Identifier: MIT
#include "actors/administration/balance.hpp"

#include "actors/administration/members.hpp"
#include "actors/administration/rights.hpp"
#include "storage/store.hpp"

#include <algorithm>
#include <array>

namespace logos::administration {

outcome show_balance(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  const auto budget = in.find<storage::budget>(*id);
  if (!budget) return to_problem(budget.error());
  if (!sight{c}.sees(*budget)) return to_problem(not_there("budget", *id));
  const auto begins = core::start_of(budget->period, c.now);
  const std::array asked{storage::past_query{budget->scope, budget->scope_id, begins, true}};
  const auto past = in.read_past(asked, {});
  if (!past) return to_problem(past.error());
  const auto spent = past->answers.front().spent;
  const bool ends = budget->period != core::budget_period::total;
  members m;
  m.add("budget_id", budget->id).add("scope", budget->scope).add("scope_id", budget->scope_id);
  m.add("period", budget->period);
  if (ends)
    m.add("period_start", begins).add("period_end", core::end_of(budget->period, c.now));
  else
    m.raw("period_start", "null").raw("period_end", "null");
  m.add("amount", core::to_decimal(budget->amount))
      .add("spent", core::to_decimal(spent))
      .add("left", core::to_decimal(std::max<core::nano>(budget->amount - spent, 0)))
      .add("currency", budget->currency)
      .add("hard", budget->hard);
  return to_outcome(200, m.finish());
}

} // namespace logos::administration
