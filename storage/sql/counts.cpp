// SPDX-License-Identifier: MIT
// What requests have of the operator's own token types (migration `token_types`). Few installations have any, and few
// of their requests: tables of their own keep them out of everybody's sums.
#include "storage/sql/grouping.hpp"
#include "storage/sql/owners.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace logos::storage::sql {
namespace {

using std::chrono::hours;

/// `$1` to `$4`: from, its next hour, the last hour, to. What lies inside an hour at either edge comes from the log,
/// whole hours from the sums and from what they do not have yet.
std::string counts_between(dialect of) {
  const std::string columns = " as at, process_id, profile_id, user_id, service_id, provider_id, model_id,"
                              " result_status, type_id, token_count from ";
  const std::string whole = " where period_start >= $2 and period_start < $3";
  const auto edge = "select at" + columns + "usage_count_rows where at >= ";
  return edge + "$1 and at < $2 union all " + edge + "$3 and at < $4" + " union all select period_start" + columns +
         "usage_count_hours" + whole + " union all select period_start" + columns +
         (of == dialect::postgres ? "usage_count_deltas" + whole
                                  : "usage_count_rows" + whole + " and id > (select log_entry_id from usage_merged)");
}

} // namespace

result<void> sql_store::add_own_counts(std::vector<usage_row>& to, std::span<const usage_group> group_by,
                                       core::wall_time from, core::wall_time after, const usage_filter& which) {
  const auto own = session_.run("select 1 from token_types where id >= 100 limit 1");
  if (!own) return own.error();
  if (own->empty() || to.empty()) return {};
  using core::wall_time;
  constexpr wall_time first{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}},
      last{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}};
  const auto begin = std::clamp(from, first, last), end = std::max(std::clamp(after, first, last), begin);
  const wall_time low = std::min<wall_time>(std::chrono::ceil<hours>(begin), end),
                  high = std::max<wall_time>(std::chrono::floor<hours>(end), low);
  const std::array times{core::to_sql(begin), core::to_sql(low), core::to_sql(high), core::to_sql(end)};
  std::vector<value> parameters;
  for (const auto& t : times)
    parameters.emplace_back(std::string_view{t});
  std::string shown;
  for (const auto each : group_by)
    shown += grouping_of(each, dialect_).shown + ", ";
  const auto mine = narrowed(which, parameters);
  std::string grouped;
  for (std::size_t i = 1; i <= group_by.size() + 1; ++i)
    grouped += (i == 1 ? "" : ", ") + std::to_string(i);
  const auto found = session_.run("select " + shown + "g.type_id, sum(g.token_count) from (select e.* from (" +
                                      counts_between(dialect_) + ") e where true" + mine + ") g group by " + grouped +
                                      " order by " + std::to_string(group_by.size() + 1),
                                  parameters);
  if (!found) return found.error();
  std::map<std::vector<std::string>, usage_row*> rows;
  for (auto& row : to)
    rows.emplace(row.keys, &row);
  for (const auto& cells : found->cells) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < group_by.size(); ++i)
      keys.push_back(cells[i].value_or(""));
    if (const auto at = rows.find(keys); at != rows.end())
      at->second->own.push_back(
          {parse_integer(cells[group_by.size()].value_or("")), parse_integer(cells[group_by.size() + 1].value_or(""))});
  }
  return {};
}

} // namespace logos::storage::sql
