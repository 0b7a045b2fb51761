// SPDX-License-Identifier: MIT
#include "storage/sql/scopes.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/sums.hpp"
#include "storage/sql/table.hpp"
#include "storage/sql/text.hpp"

namespace logos::storage::sql {
namespace {

constexpr core::scope all_scopes[]{core::scope::process, core::scope::profile, core::scope::user, core::scope::service,
                                   core::scope::model};

// Twice `limits.total` as long as nobody changes it. Rows are found by when their requests came; further back a busy
// key has too many.
constexpr std::chrono::hours longest_answer{1};

/// The rows of `log_entry`, or of its sums, that concern the one with this parameter's id.
std::string concerning(core::scope scope, std::size_t parameter) {
  const auto whom = " = $" + std::to_string(parameter);
  switch (scope) {
  case core::scope::process: return "e.process_id" + whom;
  case core::scope::profile: return "e.profile_id" + whom;
  case core::scope::model: return "e.model_id" + whom;
  case core::scope::user: return "e.user_id" + whom;
  case core::scope::service: return "e.service_id" + whom;
  }
  return "false";
}

} // namespace

result<void> sql_store::check_money(const table& kind, std::int64_t id, const fields& values) {
  if (kind.name == "limits" || kind.name == "budgets") {
    const auto scope = core::parse_scope(value_of(kind, values, "scope"));
    const auto whom = parse_integer(value_of(kind, values, "scope_id"));
    if (!scope) return core::failure{core::ec::bad_field, "there is no such scope", "scope"};
    auto found =
        session_.run("select id from " + std::string{table_of_scope(*scope)} + " where id = $1 and deleted_at is null",
                     {value{whom}});
    if (!found) return found.error();
    if (found->empty())
      return core::failure{core::ec::bad_field,
                           "there is no " + std::string{core::to_string(*scope)} + " " + std::to_string(whom),
                           "scope_id"};
  }
  if (kind.name == "credits") return check_credit(kind, values);
  return check_currency(kind, id, values);
}

result<void> sql_store::erase_rules(const table& kind, std::int64_t id) {
  for (const auto scope : all_scopes) {
    if (table_of_scope(scope) != kind.name) continue;
    for (const auto* rules : all_tables()) {
      if (rules->name != "limits" && rules->name != "budgets") continue;
      const auto hanging = session_.run("select id from " + std::string{rules->name} +
                                            " where scope = $1 and scope_id = $2 and deleted_at is null order by id",
                                        {value{core::to_string(scope)}, value{id}});
      if (!hanging) return hanging.error();
      for (const auto& row : hanging->cells)
        if (auto gone = erase(*rules, parse_integer(row[0].value_or(""))); !gone) return gone.error();
    }
  }
  return {};
}

result<core::nano> sql_store::spent(core::scope scope, std::int64_t scope_id, core::wall_time from) {
  const auto source = sums_over({.from = from,
                                 .to = core::wall_time::max(),
                                 .by_process = scope == core::scope::process || scope == core::scope::profile,
                                 .by_owner = scope == core::scope::user || scope == core::scope::service,
                                 .by_model = scope == core::scope::model},
                                dialect_);
  std::vector<value> parameters{source.bounds.begin(), source.bounds.end()};
  parameters.emplace_back(scope_id);
  auto found = session_.run("select sum(e.cost_units), sum(e.cost_rest) from (" + source.text + ") e where " +
                                concerning(scope, parameters.size()),
                            parameters);
  if (!found) return found.error();
  return money_of(found->cells[0][0].value_or(""), found->cells[0][1].value_or(""));
}

result<std::vector<recent_use>> sql_store::recent_uses(core::scope scope, std::int64_t scope_id, core::wall_time from,
                                                       bool late) {
  const auto first = core::to_sql(late ? from - longest_answer : from), start = core::to_sql(from);
  auto found = session_.run(
      "select e.timestamp_request, e.timestamp_response, e.total_tokens, e.prompt_tokens from log_entry e where " +
          concerning(scope, 1) + " and e.timestamp_request >= $2 and (e.timestamp_request >= $3 or" +
          " e.timestamp_response >= $3) and e.attempts > 0 order by e.timestamp_request",
      {value{scope_id}, value{std::string_view{first}}, value{std::string_view{start}}});
  if (!found) return found.error();
  std::vector<recent_use> uses;
  uses.reserve(found->size());
  for (const auto& cells : found->cells)
    uses.push_back({parse_time(cells[0].value_or("")).value_or(from),
                    parse_time(cells[1].value_or("")).value_or(core::wall_time{}),
                    parse_integer(cells[2].value_or("0")), parse_integer(cells[3].value_or("0"))});
  return uses;
}

result<bool> sql_store::is_booked(const past_request& request) {
  const auto at = core::to_sql(request.at);
  const auto id = request.id.str();
  auto found = session_.run("select 1 from log_entry where timestamp_request = $1 and request_id = $2",
                            {value{std::string_view{at}}, value{std::string_view{id}}});
  if (!found) return found.error();
  return !found->empty();
}

result<past> sql_store::read_past(std::span<const past_query> queries, std::span<const past_request> requests) {
  return in_transaction(session_, intent::read, [&]() -> result<past> {
    past out;
    for (const auto& q : queries) {
      auto& answer = out.answers.emplace_back();
      if (q.money) {
        const auto sum = spent(q.scope, q.scope_id, q.from);
        if (!sum) return sum.error();
        answer.spent = *sum;
      } else {
        auto uses = recent_uses(q.scope, q.scope_id, q.from, q.late);
        if (!uses) return uses.error();
        answer.uses = std::move(*uses);
      }
    }
    for (const auto& request : requests) {
      const auto booked = is_booked(request);
      if (!booked) return booked.error();
      if (*booked) out.booked.push_back(request.id);
    }
    return out;
  });
}

} // namespace logos::storage::sql
