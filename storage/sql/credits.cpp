// SPDX-License-Identifier: MIT
// What a credit may say. Nothing changes it later.
#include "core/money.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/table.hpp"
#include "storage/sql/text.hpp"

#include <limits>

namespace logos::storage::sql {
namespace {

using core::ec;
using core::failure;

} // namespace

result<void> sql_store::check_credit(const table& kind, const fields& values) {
  const auto amount = parse_integer(value_of(kind, values, "amount_nano"));
  if (amount == 0) return failure{ec::bad_field, "a credit of 0 would change nothing", "amount"};
  if (amount == std::numeric_limits<core::nano>::min()) // could not be reversed
    return failure{ec::bad_field, "a credit is at least -9223372036.854775807", "amount"};
  if (value_of(kind, values, "reason").empty()) return failure{ec::bad_field, "a credit needs a reason", "reason"};
  if (parse_time(value_of(kind, values, "made_at")).value_or(core::wall_time{}) <= core::wall_time{})
    return failure{ec::bad_field, "a credit has to say when it was made: that decides which period it counts in",
                   "made_at"};
  const auto reversed = parse_integer(value_of(kind, values, "reverses"));
  if (reversed == 0) return {};
  const auto of = value_of(kind, values, "budget_id");
  const auto name = "credit " + std::to_string(reversed);
  const auto found =
      session_.run("select c.budget_id, c.amount_nano, r.id from credits c left join credits r on"
                   " r.reverses = c.id and r.deleted_at is null where c.id = $1 and c.deleted_at is null",
                   {value{reversed}});
  if (!found) return found.error();
  if (found->empty()) return failure{ec::bad_field, "there is no " + name, "reverses"};
  const auto& row = found->cells[0];
  if (row[0] != of)
    return failure{ec::bad_field, name + " is of budget " + row[0].value_or("") + ", not of budget " + of, "reverses"};
  if (row[2]) return failure{ec::conflict, name + " was reversed by credit " + *row[2] + " already", "reverses"};
  if (const auto wanted = -parse_integer(row[1].value_or("")); amount != wanted)
    return failure{ec::bad_field,
                   "'amount' must be " + core::to_decimal(wanted) + ": what reverses " + name + " takes all of it back",
                   "amount"};
  return {};
}

} // namespace logos::storage::sql
