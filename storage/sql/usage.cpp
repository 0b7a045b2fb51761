// SPDX-License-Identifier: MIT
#include "storage/sql/owners.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/sums.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>

namespace logos::storage::sql {
namespace {

/// What a group is made of: the key's expression, and the table whose name it has, if any.
struct grouping {
  std::string_view key;
  std::string_view names;
};

grouping grouping_of(usage_group group, dialect of) {
  const bool sqlite = of == dialect::sqlite;
  switch (group) {
  case usage_group::process: return {"nullif(e.process_id, 0)", "process"};
  case usage_group::profile: return {"nullif(e.profile_id, 0)", "profiles"};
  case usage_group::user: return {"nullif(e.user_id, 0)", "users"};
  case usage_group::service: return {"nullif(e.service_id, 0)", "services"};
  case usage_group::provider: return {"nullif(e.provider_id, 0)", "providers"};
  case usage_group::model: return {"nullif(e.model_id, 0)", "models"};
  case usage_group::day: return {sqlite ? "substr(e.at, 1, 10)" : "to_char(e.at, 'YYYY-MM-DD')", {}};
  case usage_group::hour: return {sqlite ? "substr(e.at, 1, 13)" : "to_char(e.at, 'YYYY-MM-DD HH24')", {}};
  case usage_group::month: return {sqlite ? "substr(e.at, 1, 7)" : "to_char(e.at, 'YYYY-MM')", {}};
  case usage_group::result: return {"nullif(e.result_status, '')", {}};
  }
  return {"null", {}};
}

bool among(std::span<const usage_group> groups, std::initializer_list<usage_group> any) {
  return std::find_first_of(groups.begin(), groups.end(), any.begin(), any.end()) != groups.end();
}

} // namespace

result<std::vector<usage_row>> sql_store::usage(std::span<const usage_group> group_by, core::wall_time from,
                                                core::wall_time to, const whose& of, int most) {
  using enum usage_group;
  const auto source = sums_over({.from = from,
                                 .to = to,
                                 .coarsest = among(group_by, {hour})  ? grain::hour
                                             : among(group_by, {day}) ? grain::day
                                                                      : grain::month,
                                 .by_process = of.process_id != 0 || among(group_by, {process, profile}),
                                 .by_owner = of.user_id != 0 || of.process_id != 0 || among(group_by, {user, service}),
                                 .by_model = among(group_by, {provider, model})},
                                dialect_);
  std::string keys, names, places;
  for (std::size_t i = 0; i < group_by.size(); ++i) {
    const auto [key, table_name] = grouping_of(group_by[i], dialect_);
    const auto alias = "k" + std::to_string(i);
    keys += std::string{key} + " as " + alias + ", ";
    names += table_name.empty() ? "null, "
                                : "(select n." + std::string{table_name == "users" ? "username" : "name"} + " from " +
                                      std::string{table_name} + " n where n.id = g." + alias + "), ";
    places += (places.empty() ? "" : ", ") + alias;
  }
  const auto grouped = places.empty() ? std::string{} : " group by " + places;
  const auto selected = places.empty() ? std::string{} : places + ", ";
  std::vector<value> parameters{source.bounds.begin(), source.bounds.end()};
  const auto own = narrowed(of, parameters);
  const auto statement =
      "select " + selected + names +
      "requests, errors, prompt, completion, total, cached, cache_creation, prompt_audio, reasoning, completion_audio,"
      " audio_ms, waited_us, request_bytes, response_bytes, cost, cost_rest from (select " +
      keys +
      "sum(e.requests) as requests, sum(case when e.result_status = 'success' then 0 else e.requests end) as errors,"
      " sum(e.prompt_tokens) as prompt, sum(e.completion_tokens) as completion, sum(e.total_tokens) as total,"
      " sum(e.prompt_cached_tokens) as cached, sum(e.prompt_cache_creation_tokens) as cache_creation,"
      " sum(e.prompt_audio_tokens) as prompt_audio, sum(e.completion_reasoning_tokens) as reasoning,"
      " sum(e.completion_audio_tokens) as completion_audio, sum(e.audio_milliseconds) as audio_ms,"
      " sum(e.queue_wait_us) as waited_us, sum(e.request_bytes) as request_bytes,"
      " sum(e.response_bytes) as response_bytes, sum(e.cost_units) as cost, sum(e.cost_rest) as cost_rest from (" +
      source.text + ") e where true" + own + grouped + ") g order by requests desc" +
      (places.empty() ? "" : ", " + places) + (most > 0 ? " limit " + std::to_string(most) : "");
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
    row.errors = next();
    row.usage = {next(), next(), next(), next(), next(), next(), next(), next(), next()};
    row.queue_wait_us = next();
    row.request_bytes = next();
    row.response_bytes = next();
    row.cost_nano = money_of(cells[at].value_or(""), cells[at + 1].value_or(""));
    sums.push_back(std::move(row));
  }
  return sums;
}

result<std::vector<token_type_row>> sql_store::token_types() {
  auto found = session_.run("select id, name, description from token_types order by id");
  if (!found) return found.error();
  std::vector<token_type_row> all;
  for (const auto& cells : found->cells)
    all.push_back({parse_integer(*cells[0]), cells[1].value_or(""), cells[2].value_or("")});
  return all;
}

} // namespace logos::storage::sql
