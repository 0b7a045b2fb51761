// SPDX-License-Identifier: MIT
// How far estimates of usage are from what providers count (migration `usage_sources`).
#include "storage/sql/sql_store.hpp"
#include "storage/sql/sums.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace logos::storage::sql {

/// By the ids of provider and model alone: how good an estimate is depends on the tokenizer, and not on who asks.
result<void> sql_store::add_estimates(std::vector<usage_row>& to, std::span<const usage_group> group_by,
                                      core::wall_time from, core::wall_time after, const usage_filter& which) {
  using core::usage_source;
  if (to.empty() || which.usage_source == usage_source::provider || which.usage_source == usage_source::none) return {};
  constexpr core::wall_time first{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}},
      last{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}};
  const auto begin = core::to_sql(std::chrono::floor<std::chrono::days>(std::clamp(from, first, last))),
             end = core::to_sql(std::clamp(after, first, last));
  std::vector<value> parameters{value{std::string_view{begin}}, value{std::string_view{end}}};
  const auto place_of = [&](usage_group group) {
    return static_cast<std::size_t>(std::find(group_by.begin(), group_by.end(), group) - group_by.begin());
  };
  const auto provider = place_of(usage_group::provider), model = place_of(usage_group::model),
             source = place_of(usage_group::usage_source);
  const auto shown = [&](std::size_t place, const char* column) {
    return place == group_by.size() ? std::string{"cast(0 as bigint)"} : std::string{column};
  };
  std::string sums, where = " where period_start >= $1 and period_start < $2";
  for (const auto name : estimate_sum_names)
    sums += ", sum(" + std::string{name} + ")";
  const auto narrow = [&](const char* column, std::int64_t id) {
    if (id == 0) return;
    parameters.emplace_back(id);
    where += " and " + std::string{column} + " = $" + std::to_string(parameters.size());
  };
  narrow("provider_id", which.provider_id);
  narrow("model_id", which.model_id);
  const std::string everything = dialect_ == dialect::postgres
                                     ? "(select * from usage_estimates union all select * from usage_estimate_deltas)"
                                     : "usage_estimates";
  const auto found = session_.run("select " + shown(provider, "provider_id") + ", " + shown(model, "model_id") + sums +
                                      " from " + everything + " e" + where + " group by 1, 2",
                                  parameters);
  if (!found) return found.error();
  std::map<std::pair<std::int64_t, std::int64_t>, estimate_sums> of;
  for (const auto& cells : found->cells) {
    std::size_t place = 0;
    const auto next = [&] { return parse_integer(cells[place++].value_or("0")); };
    const auto provider_id = next(), model_id = next();
    of[{provider_id, model_id}] = {next(), next(), next(), next(), next(), next(), next()};
  }
  const auto id_of = [&](const usage_row& row, std::size_t place) {
    return place == group_by.size() || row.keys[place].empty() ? 0 : parse_integer(row.keys[place]);
  };
  for (auto& row : to) {
    if (source != group_by.size() && (row.keys[source] == "provider" || row.keys[source] == "none")) continue;
    if (const auto at = of.find({id_of(row, provider), id_of(row, model)}); at != of.end()) row.estimates = at->second;
  }
  return {};
}

} // namespace logos::storage::sql
