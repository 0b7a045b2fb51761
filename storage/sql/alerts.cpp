// SPDX-License-Identifier: MIT
#include "storage/alerts.hpp"

#include "storage/sql/fields.hpp"
#include "storage/sql/scopes.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>

namespace logos::storage::sql {
namespace {

constexpr std::string_view columns =
    "id, alert_id, budget_id, period_start, threshold_percent, scope, scope_id, period, currency, amount_nano, "
    "spent_nano, occurred_at, state, attempts, next_try_at, delivered_at, last_error";
const std::string selection = "select " + std::string{columns} + " from budget_alerts ";

constexpr std::size_t longest_error = 500;

void read_alert(const std::vector<cell>& cells, budget_alert& out) {
  std::size_t place = 0;
  const auto text = [&]() -> std::string_view {
    const auto& x = cells[place++];
    return x ? std::string_view{*x} : std::string_view{};
  };
  const auto number = [&] { return parse_integer(text()); };
  const auto time = [&] { return parse_time(text()); };
  out.id = number();
  out.alert_id = text();
  out.budget_id = number();
  out.period_start = time().value_or(core::wall_time{});
  out.threshold_percent = number();
  out.scope = core::parse_scope(text()).value_or(out.scope);
  out.scope_id = number();
  out.period = core::parse_budget_period(text()).value_or(out.period);
  out.currency = text();
  out.amount = number();
  out.spent = number();
  out.at = time().value_or(core::wall_time{});
  out.state = parse_alert_state(text()).value_or(out.state);
  out.attempts = number();
  out.next_try_at = time().value_or(core::wall_time{});
  out.delivered_at = time();
  out.last_error = text();
}

} // namespace

result<bool> sql_store::insert_alert(const crossing& what) {
  const auto row = find_row(table_of<budget>(), what.budget_id);
  if (!row && row.error().code == core::ec::resource_not_found) return false; // removed meanwhile: nobody minds
  if (!row) return row.error();
  const auto of = from_fields<budget>(*row, secret_);
  const auto id = "alert_" + core::random_text(16);
  const auto start = core::to_sql(what.period_start), at = core::to_sql(what.at);
  const auto made = session_.run(
      "insert into budget_alerts (alert_id, budget_id, period_start, threshold_percent, scope, scope_id, period,"
      " currency, amount_nano, spent_nano, occurred_at, next_try_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
      " $11, $11) on conflict (budget_id, period_start, threshold_percent) do nothing",
      {value{std::string_view{id}}, value{what.budget_id}, value{std::string_view{start}},
       value{what.threshold_percent}, value{core::to_string(of.scope)}, value{of.scope_id},
       value{core::to_string(of.period)}, value{std::string_view{of.currency}}, value{what.amount}, value{what.spent},
       value{std::string_view{at}}});
  if (!made) return made.error();
  return made->affected != 0;
}

result<std::size_t> sql_store::note_crossings(std::span<const crossing> crossings) {
  return in_transaction(session_, intent::write, [&]() -> result<std::size_t> {
    std::size_t fresh = 0;
    for (const auto& each : crossings) {
      const auto made = insert_alert(each);
      if (!made) return made.error();
      fresh += *made ? 1 : 0;
    }
    return fresh;
  });
}

result<budget_alert> sql_store::make_test_alert(std::int64_t budget_id, core::wall_time now) {
  return in_transaction(session_, intent::write, [&]() -> result<budget_alert> {
    const auto row = find_row(table_of<budget>(), budget_id);
    if (!row) return row.error();
    // Its moment stands for the period, so that each test is a row of its own.
    if (const auto made = insert_alert({budget_id, now, 0, from_fields<budget>(*row, secret_).amount, 0, now}); !made)
      return made.error();
    if (const auto noted = append_event({"test_alert", "budget", budget_id, {}, {}, {}}); !noted) return noted.error();
    static const std::string last =
        selection + "where budget_id = $1 and threshold_percent = 0 order by id desc limit 1";
    const auto found = session_.run(last, {value{budget_id}});
    if (!found) return found.error();
    budget_alert out;
    read_alert(found->cells.at(0), out);
    return out;
  });
}

result<void> sql_store::complete(due_alert& alert) {
  const auto row = find_row(table_of<budget>(), alert.budget_id);
  if (!row && row.error().code != core::ec::resource_not_found) return row.error();
  alert.budget_gone = !row;
  if (!row) return {};
  const auto of = from_fields<budget>(*row, secret_);
  alert.hard = of.hard;
  alert.url = of.alert_url;
  alert.secret = of.alert_secret;
  const auto name = of.scope == core::scope::user ? "username" : "name";
  const auto found =
      session_.run("select " + std::string{name} + " from " + std::string{table_of_scope(of.scope)} + " where id = $1",
                   {value{of.scope_id}});
  if (!found) return found.error();
  if (!found->empty()) alert.name = found->cells[0][0].value_or("");
  return {};
}

result<claimed_alerts> sql_store::claim_alerts(core::wall_time now, std::chrono::seconds lease, int limit) {
  static const std::string claim =
      "update budget_alerts set next_try_at = $1, attempts = attempts + 1 where id in (select id from budget_alerts"
      " where state = 'pending' and next_try_at <= $2 order by next_try_at, id limit $3";
  static const std::string claimed = " returning " + std::string{columns};
  claimed_alerts out;
  const auto moment = core::to_sql(now), until = core::to_sql(now + lease);
  // Most of the time there is nothing to do: nobody is to wait for a transaction that writes nothing.
  const auto open = session_.run("select count(*), min(next_try_at) from budget_alerts where state = 'pending'");
  if (!open) return open.error();
  out.pending = parse_integer(open->cells.at(0)[0].value_or(""));
  const auto first = parse_time(open->cells[0][1].value_or(""));
  if (!first || *first > now) return out;
  return in_transaction(session_, intent::write, [&]() -> result<claimed_alerts> {
    const auto found =
        session_.run(claim + (dialect_ == dialect::postgres ? " for update skip locked)" : ")") + claimed,
                     {value{std::string_view{until}}, value{std::string_view{moment}}, value{std::int64_t{limit}}});
    if (!found) return found.error();
    for (const auto& cells : found->cells) {
      auto& alert = out.alerts.emplace_back();
      read_alert(cells, alert);
      if (const auto known = complete(alert); !known) return known.error();
    }
    return out;
  });
}

result<void> sql_store::settle_alert(const alert_outcome& outcome) {
  const bool delivered = outcome.state == alert_state::delivered;
  auto error = made_storable(std::string_view{outcome.error}.substr(0, longest_error));
  const auto at = core::to_sql(outcome.at);
  // What was delivered was delivered, however long it took.
  const auto done = delivered
                        ? session_.run("update budget_alerts set state = 'delivered', delivered_at = $1,"
                                       " last_error = '' where id = $2 and state <> 'delivered'",
                                       {value{std::string_view{at}}, value{outcome.id}})
                        : session_.run("update budget_alerts set state = $1, next_try_at = $2, last_error = $3"
                                       " where id = $4 and attempts = $5 and state = 'pending'",
                                       {value{to_string(outcome.state)}, value{std::string_view{at}},
                                        value{std::string_view{error}}, value{outcome.id}, value{outcome.attempt}});
  if (!done) return done.error();
  return {};
}

result<std::vector<budget_alert>> sql_store::list_alerts(const alert_filter& filter, std::int64_t before, int limit) {
  std::string where = "where 1 = 1";
  std::vector<value> parameters;
  const auto add = [&](std::string_view condition, value x) {
    parameters.push_back(x);
    where += " and " + std::string{condition} + " $" + std::to_string(parameters.size());
  };
  if (filter.budget_id != 0) add("budget_id =", filter.budget_id);
  if (filter.state) add("state =", to_string(*filter.state));
  if (before != 0) add("id <", before);
  parameters.emplace_back(std::int64_t{std::clamp(limit, 1, 1001)});
  where += " order by id desc limit $" + std::to_string(parameters.size());
  const auto found = session_.run(selection + where, parameters);
  if (!found) return found.error();
  std::vector<budget_alert> out;
  for (const auto& cells : found->cells)
    read_alert(cells, out.emplace_back());
  return out;
}

result<budget_alert> sql_store::find_alert(std::int64_t id) {
  static const std::string one = selection + "where id = $1";
  const auto found = session_.run(one, {value{id}});
  if (!found) return found.error();
  if (found->empty()) return core::failure{core::ec::resource_not_found, "there is no alert " + std::to_string(id)};
  budget_alert out;
  read_alert(found->cells[0], out);
  return out;
}

} // namespace logos::storage::sql
