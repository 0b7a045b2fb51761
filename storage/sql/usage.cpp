// SPDX-License-Identifier: MIT
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

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
  case usage_group::process: return {"e.process_id", "process"};
  case usage_group::profile: return {"e.profile_id", "profiles"};
  case usage_group::user: return {"(select p.user_id from process p where p.id = e.process_id)", "users"};
  case usage_group::service: return {"(select p.service_id from process p where p.id = e.process_id)", "services"};
  case usage_group::provider: return {"e.provider_id", "providers"};
  case usage_group::model: return {"e.model_id", "models"};
  case usage_group::day:
    return {sqlite ? "substr(e.timestamp_request, 1, 10)" : "to_char(e.timestamp_request, 'YYYY-MM-DD')", {}};
  case usage_group::hour:
    return {sqlite ? "substr(e.timestamp_request, 1, 13)" : "to_char(e.timestamp_request, 'YYYY-MM-DD HH24')", {}};
  case usage_group::month:
    return {sqlite ? "substr(e.timestamp_request, 1, 7)" : "to_char(e.timestamp_request, 'YYYY-MM')", {}};
  case usage_group::result: return {"e.result_status", {}};
  }
  return {"null", {}};
}

} // namespace

result<std::vector<usage_row>> sql_store::usage(std::span<const usage_group> group_by, core::wall_time from,
                                                core::wall_time to, const whose& of) {
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
  const auto start = core::to_sql(from), end = core::to_sql(to);
  std::vector<value> parameters{value{std::string_view{start}}, value{std::string_view{end}}};
  std::string narrowed;
  if (of.process_id != 0) {
    parameters.emplace_back(of.process_id);
    narrowed += " and e.process_id = $" + std::to_string(parameters.size());
  }
  if (of.user_id != 0) {
    parameters.emplace_back(of.user_id);
    narrowed += " and e.process_id in (select p.id from process p where p.user_id = $" +
                std::to_string(parameters.size()) + ")";
  }
  const auto statement =
      "select " + selected + names +
      "requests, errors, prompt, completion, total, cached, cache_creation, prompt_audio, reasoning, completion_audio,"
      " audio_ms, waited_us, request_bytes, response_bytes, cost, cost_rest from (select " +
      keys +
      "count(*) as requests, sum(case when e.result_status = 'success' then 0 else 1 end) as errors,"
      " sum(e.prompt_tokens) as prompt, sum(e.completion_tokens) as completion, sum(e.total_tokens) as total,"
      " sum(e.prompt_cached_tokens) as cached, sum(e.prompt_cache_creation_tokens) as cache_creation,"
      " sum(e.prompt_audio_tokens) as prompt_audio, sum(e.completion_reasoning_tokens) as reasoning,"
      " sum(e.completion_audio_tokens) as completion_audio, sum(e.audio_milliseconds) as audio_ms,"
      " cast(sum(e.queue_wait_ms) * 1000 as bigint) as waited_us, sum(e.request_bytes) as request_bytes,"
      " sum(e.response_bytes) as response_bytes, sum(e.cost_nano / 1000000000) as cost,"
      " sum(e.cost_nano % 1000000000) as cost_rest"
      " from log_entry e where e.timestamp_request >= $1 and e.timestamp_request < $2" +
      narrowed + grouped + ") g order by requests desc" + (places.empty() ? "" : ", " + places);
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
