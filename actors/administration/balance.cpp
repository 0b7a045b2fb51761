// SPDX-License-Identifier: MIT
#include "actors/administration/balance.hpp"

#include "actors/accounting/account_book.hpp"
#include "actors/administration/members.hpp"
#include "actors/administration/rights.hpp"
#include "storage/store.hpp"

#include <algorithm>
#include <array>

namespace logos::administration {
namespace {

core::nano above_zero(core::nano amount) { return std::max<core::nano>(amount, 0); }

/// What the credits of the period come to, as the LEDGER knows them.
core::nano credited(const catalog::snapshot& in, std::int64_t budget_id, core::wall_time now) {
  const auto& all = in.rules.budgets;
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& rule) { return rule.id == budget_id; });
  return at == all.end() ? 0 : at->credited_at(now);
}

/// `use`: the LEDGER's word; null: it has none, for the reason `unknown`, and `booked` is what the books say.
std::string balance_json(const storage::budget& of, core::nano credits, core::wall_time now, core::nano booked,
                         const accounting::budget_use* use, const std::string& unknown) {
  members m;
  m.add("budget_id", of.id).add("scope", of.scope).add("scope_id", of.scope_id).add("period", of.period);
  if (of.period == core::budget_period::total)
    m.raw("period_start", "null").raw("period_end", "null");
  else
    m.add("period_start", core::start_of(of.period, now)).add("period_end", core::end_of(of.period, now));
  const auto spent = use != nullptr ? use->spent : booked;
  const auto left = above_zero(accounting::allowed(of.amount, credits) - spent);
  m.add("amount", core::to_decimal(of.amount)).add("credits", core::to_decimal(credits));
  m.add("spent", core::to_decimal(spent));
  if (use != nullptr)
    m.add("held", core::to_decimal(use->held)).add("remaining", core::to_decimal(above_zero(left - use->held)));
  else
    m.raw("held", "null").raw("remaining", "null");
  m.add("left", core::to_decimal(left)).text("unknown", use != nullptr ? std::string{} : unknown);
  return m.add("currency", of.currency).add("hard", of.hard).finish();
}

} // namespace

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
  auto out = to_outcome(200, {});
  out.uses.budgets.push_back(budget->id);
  out.uses.body = [of = *budget, credits = credited(*c.snapshot, budget->id, c.now), now = c.now,
                   spent](const accounting::use_answer& told) {
    const auto* const use = told.budgets.empty() ? nullptr : told.budgets.data();
    return balance_json(of, credits, now, spent, use,
                        told.unknown.empty() ? "The LEDGER does not know this budget yet." : told.unknown);
  };
  return out;
}

} // namespace logos::administration
