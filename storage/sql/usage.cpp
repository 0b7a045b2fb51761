// SPDX-License-Identifier: MIT
#include "storage/sql/detour.hpp"
#include "storage/sql/grouping.hpp"
#include "storage/sql/owners.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/sums.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <utility>

namespace logos::storage::sql {
namespace {

bool among(std::span<const usage_group> groups, std::initializer_list<usage_group> any) {
  return std::find_first_of(groups.begin(), groups.end(), any.begin(), any.end()) != groups.end();
}

/// Sums of days and hours are found by their times and by keys: what is asked for of others is that of the keys that
/// they came with.
detour detour_of(const usage_filter& which, const sums_query& query, dialect of) {
  if (of == dialect::sqlite || which.process_id != 0 || which.of.process_id != 0) return {};
  if (which.profile_id != 0) return {"process_id", "profile_id", "usage_key_months", which.profile_id};
  if (!query.by_process && !query.by_model) return {}; // those by owners alone are few
  if (which.of.user_id != 0) return {"process_id", "user_id", "usage_key_months", which.of.user_id};
  return {"process_id", "service_id", "usage_key_months", which.service_id};
}

/// The sums of costs are kept in two parts, whose second may be more than a unit.
std::string ordering(usage_order wanted, bool timed) {
  switch (wanted) {
  case usage_order::usual:
  case usage_order::time: return timed ? "at, requests desc" : "requests desc";
  case usage_order::cost: return "cost_units + cost_rest / 1000000000 desc, cost_rest % 1000000000 desc, requests desc";
  case usage_order::requests: break;
  }
  return "requests desc";
}

} // namespace

result<std::vector<usage_row>> sql_store::usage(std::span<const usage_group> group_by, core::wall_time from,
                                                core::wall_time to, const usage_filter& which, int most) {
  using enum usage_group;
  const bool by_week = among(group_by, {week}) && !among(group_by, {hour, day});
  sums_query query{.from = from,
                   .to = to,
                   .coarsest = among(group_by, {hour})        ? grain::hour
                               : among(group_by, {day, week}) ? grain::day
                                                              : grain::month,
                   .by_week = !by_week                   ? weeks::none
                              : among(group_by, {month}) ? weeks::of_months
                                                         : weeks::whole,
                   .by_time = among(group_by, {hour, day, week, month}),
                   .by_process = which.process_id != 0 || which.profile_id != 0 || which.of.process_id != 0 ||
                                 among(group_by, {process, profile}),
                   .by_owner = which.of.user_id != 0 || which.of.process_id != 0 || which.service_id != 0 ||
                               among(group_by, {user, service}),
                   .by_model = which.provider_id != 0 || which.model_id != 0 || among(group_by, {provider, model}),
                   .by_result = among(group_by, {usage_group::result}),
                   .by_source = which.usage_source || among(group_by, {usage_group::usage_source})};
  std::string keys_along;
  const auto way = detour_of(which, query, dialect_);
  if (way.id != 0) {
    const auto ids = session_.run(ids_along(way), {value{way.id}});
    if (!ids) return ids.error();
    const auto& found = ids->cells[0];
    const auto some = found[0].value_or("");
    keys_along = "{" + some + (parse_truth(found[1].value_or("")) ? some.empty() ? "0" : ",0" : "") + "}";
    query.by_process = true;
  }
  const auto source = sums_over(query, dialect_);
  // Rows are grouped by what they have; only the groups that are shown get their names and texts.
  std::string shown, names, keys;
  bool timed = false;
  for (const auto each : group_by) {
    const auto [column, text, names_of] = grouping_of(each, dialect_);
    shown += text + ", ";
    names += names_of.empty() ? "null, "
                              : "(select n." + std::string{names_of == "users" ? "username" : "name"} + " from " +
                                    std::string{names_of} + " n where n.id = g." + std::string{column} + "), ";
    if (column == "at" && std::exchange(timed, true)) continue; // the finer tells the coarser
    keys += (keys.empty() ? "" : ", ") + std::string{column};
  }
  std::vector<value> parameters{source.bounds.begin(), source.bounds.end()};
  auto own = narrowed(which, parameters);
  if (way.id != 0) {
    parameters.emplace_back(std::string_view{keys_along});
    own += " and e.process_id = any($" + std::to_string(parameters.size()) + "::bigint[])";
  }
  const auto order = " order by " + ordering(which.order, timed) + (keys.empty() ? "" : ", " + keys);
  const auto groups = "select " + (keys.empty() ? "" : keys + ", ") + added_up(dialect_) + " from (" + source.text +
                      ") e where true" + own + (keys.empty() ? "" : " group by " + keys) +
                      (keys.empty() ? "" : " having sum(requests) <> 0 or sum(cost_units) <> 0"); // all taken away
  // Behind the grouping, a name in the order is that of a sum.
  const auto statement = "select " + shown + names + sum_names + ", errors from (select * from (" + groups + ") s" +
                         order + (most > 0 ? " limit " + std::to_string(most) : "") + ") g" + order;
  auto found = session_.run(statement, parameters);
  if (!found) return found.error();
  std::vector<usage_row> sums;
  for (const auto& cells : found->cells) {
    usage_row row;
    std::size_t at = 0;
    for (; at < group_by.size(); ++at)
      row.keys.push_back(cells[at].value_or(""));
    for (; at < 2 * group_by.size(); ++at)
      row.names.push_back(cells[at].value_or(""));
    const auto next = [&] { return parse_integer(cells[at++].value_or("0")); };
    row.requests = next();
    row.usage = {next(), next(), next(), next(), next(), next(), next(), next(), next()};
    row.queue_wait_us = next();
    row.request_bytes = next();
    row.response_bytes = next();
    row.cost_nano = money_of(cells[at].value_or(""), cells[at + 1].value_or(""));
    row.errors = parse_integer(cells[at + 2].value_or("0"));
    sums.push_back(std::move(row));
  }
  if (!query.by_source)
    if (auto added = add_own_counts(sums, group_by, from, to, which); !added) return added.error();
  if (auto added = add_estimates(sums, group_by, from, to, which); !added) return added.error();
  return sums;
}

/// Two looks into indexes for each key. Its last day is found in its last month, since not every database has an index
/// of days by keys.
result<std::vector<last_use>> sql_store::last_uses(std::span<const std::int64_t> process_ids) {
  if (process_ids.empty()) return std::vector<last_use>{};
  std::vector<value> parameters;
  std::string places;
  for (const auto id : process_ids) {
    parameters.emplace_back(id);
    places += (places.empty() ? "$" : ", $") + std::to_string(parameters.size());
  }
  const auto found = session_.run(
      "select id, at from (select p.id as id, coalesce("
      "(select max(e.timestamp_request) from log_entry e where e.process_id = p.id), (select max(d.period_start)"
      " from usage_key_days d where d.process_id = p.id and d.period_start >= (select max(m.period_start)"
      " from usage_key_months m where m.process_id = p.id))) as at from process p where p.id in (" +
          places + ")) uses where at is not null",
      parameters);
  if (!found) return found.error();
  std::vector<last_use> all;
  for (const auto& cells : found->cells)
    all.push_back(
        {parse_integer(cells[0].value_or("")), parse_time(cells[1].value_or("")).value_or(core::wall_time{})});
  return all;
}

} // namespace logos::storage::sql
