// SPDX-License-Identifier: MIT
#include "storage/sql/sums.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace logos::storage::sql {
namespace {

using core::wall_time;
using std::chrono::sys_days;
using namespace std::string_literals;

constexpr std::array<std::string_view, 15> sums{"requests",
                                                "prompt_tokens",
                                                "completion_tokens",
                                                "total_tokens",
                                                "prompt_cached_tokens",
                                                "prompt_cache_creation_tokens",
                                                "prompt_audio_tokens",
                                                "completion_reasoning_tokens",
                                                "completion_audio_tokens",
                                                "audio_milliseconds",
                                                "queue_wait_us",
                                                "request_bytes",
                                                "response_bytes",
                                                "cost_units",
                                                "cost_rest"};

struct sums_table {
  std::string name;
  grain step;
  bool by_process, by_owner, by_model;
  std::string key; // the columns of the primary key
};

/// Of each step the smallest last.
const std::array<sums_table, 10> tables{{
    {"usage_hours", grain::hour, true, true, true,
     "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id, result_status"},
    {"usage_total_hours", grain::hour, false, false, false, "period_start, result_status"},
    {"usage_days", grain::day, true, true, true,
     "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id, result_status"},
    {"usage_key_days", grain::day, true, true, false,
     "period_start, process_id, profile_id, user_id, service_id, result_status"},
    {"usage_owner_days", grain::day, false, true, false, "period_start, user_id, service_id, result_status"},
    {"usage_model_days", grain::day, false, false, true, "period_start, provider_id, model_id, result_status"},
    {"usage_months", grain::month, true, true, true,
     "process_id, period_start, profile_id, user_id, service_id, provider_id, model_id, result_status"},
    {"usage_key_months", grain::month, true, true, false,
     "process_id, period_start, profile_id, user_id, service_id, result_status"},
    {"usage_owner_months", grain::month, false, true, false, "period_start, user_id, service_id, result_status"},
    {"usage_model_months", grain::month, false, false, true, "period_start, provider_id, model_id, result_status"},
}};

/// The smallest table of this step that tells enough.
const sums_table& table_for(grain step, const sums_query& query) {
  const sums_table* best = nullptr;
  for (const auto& t : tables)
    if (t.step == step && (t.by_process || !query.by_process) && (t.by_owner || !query.by_owner) &&
        (t.by_model || !query.by_model))
      best = &t;
  return *best;
}

template <class Each>
std::string joined(const Each& make) {
  std::string text;
  for (const auto name : sums)
    text += (text.empty() ? "" : ", ") + make(std::string{name});
  return text;
}

/// The columns that tell rows apart; what a table does not have is 0.
std::string ids(const sums_table& t) {
  return (t.by_process ? "process_id, profile_id, "s : "0 as process_id, 0 as profile_id, "s) +
         (t.by_owner ? "user_id, service_id, "s : "0 as user_id, 0 as service_id, "s) +
         (t.by_model ? "provider_id, model_id, "s : "0 as provider_id, 0 as model_id, "s);
}

std::string from_table(const sums_table& t) {
  return "select period_start as at, " + ids(t) + "result_status, " + sum_names + " from " + t.name +
         " where period_start";
}

/// What is in none of the tables.
sums_table not_merged(dialect of) {
  return {of == dialect::sqlite ? "usage_unmerged" : "usage_deltas", grain::hour, true, true, true, {}};
}

/// The log's own rows, as the migrations see them.
std::string from_log(dialect of) {
  return "select timestamp_request as at, coalesce(process_id, 0) as process_id, coalesce(profile_id, 0) as profile_id,"
         " coalesce(user_id, 0) as user_id, coalesce(service_id, 0) as service_id,"
         " coalesce(provider_id, 0) as provider_id, coalesce(model_id, 0) as model_id,"
         " coalesce(result_status, '') as result_status, 1 as requests, prompt_tokens, completion_tokens, total_tokens,"
         " prompt_cached_tokens, prompt_cache_creation_tokens, prompt_audio_tokens, completion_reasoning_tokens,"
         " completion_audio_tokens, audio_milliseconds, " +
         (of == dialect::sqlite ? "cast(round(coalesce(queue_wait_ms, 0) * 1000) as integer)"s
                                : "cast(round(coalesce(queue_wait_ms, 0)::float8 * 1000) as bigint)"s) +
         " as queue_wait_us, request_bytes, response_bytes, cost_nano / 1000000000 as cost_units,"
         " cost_nano % 1000000000 as cost_rest from log_entry where timestamp_request";
}

wall_time start_of_month(wall_time t) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(t)};
  return sys_days{day.year() / day.month() / 1};
}
wall_time floor(wall_time t, grain step) {
  switch (step) {
  case grain::hour: return std::chrono::floor<std::chrono::hours>(t);
  case grain::day: return std::chrono::floor<std::chrono::days>(t);
  case grain::month: return start_of_month(t);
  }
  return t;
}
wall_time ceil(wall_time t, grain step) {
  const auto start = floor(t, step);
  if (start == t) return t;
  switch (step) {
  case grain::hour: return start + std::chrono::hours{1};
  case grain::day: return start + std::chrono::days{1};
  case grain::month: return start_of_month(start + std::chrono::days{31});
  }
  return t;
}

/// What remains of a range, from the middle outwards.
struct range {
  wall_time from, to;
};

} // namespace

const std::string sum_names = joined([](const std::string& name) { return name; });

sums_source sums_over(const sums_query& query, dialect of) {
  // Times that every database has; there are no requests beyond.
  constexpr wall_time first{sys_days{std::chrono::year{1} / 1 / 1}}, last{sys_days{std::chrono::year{9999} / 1 / 1}};
  const auto from = std::clamp(query.from, first, last), to = std::max(std::clamp(query.to, first, last), from);
  sums_source made;
  const auto add = [&](const std::string& select, range r) {
    const auto n = made.bounds.size();
    made.bounds.push_back(core::to_sql(r.from));
    made.bounds.push_back(core::to_sql(r.to));
    const auto& column = select.substr(select.rfind(' ') + 1);
    made.text += (n == 0 ? "" : " union all ") + select + " >= $" + std::to_string(n + 1) + " and " + column + " < $" +
                 std::to_string(n + 2);
  };
  // Each step takes the whole periods out of what the finer one would read. An empty range stays in the text, so that
  // there are few different statements.
  const auto split = [&](range outer, grain step, const std::string& finer) {
    range inner{ceil(outer.from, step), floor(outer.to, step)};
    if (inner.from >= inner.to) inner = {outer.to, outer.to};
    add(finer, {outer.from, inner.from});
    add(finer, {inner.to, outer.to});
    return inner;
  };
  const auto of_step = [&](grain step) { return from_table(table_for(step, query)); };
  auto whole = split({from, to}, grain::hour, from_log(of));
  add(from_table(not_merged(of)), whole);
  auto step = grain::hour;
  for (; step != query.coarsest; step = static_cast<grain>(static_cast<int>(step) + 1))
    whole = split(whole, static_cast<grain>(static_cast<int>(step) + 1), of_step(step));
  add(of_step(step), whole);
  return made;
}

std::vector<merge_step> merge_steps(dialect of, unmerged what) {
  const bool sqlite = of == dialect::sqlite;
  const auto start = [&](grain step) -> std::string {
    switch (step) {
    case grain::hour: break;
    case grain::day:
      return sqlite ? "substr(period_start, 1, 10) || ' 00:00:00.000000+00'" : "date_trunc('day', period_start, 'UTC')";
    case grain::month:
      return sqlite ? "substr(period_start, 1, 7) || '-01 00:00:00.000000+00'"
                    : "date_trunc('month', period_start, 'UTC')";
    }
    return "period_start";
  };
  const auto added = joined([](const std::string& name) { return "sum(" + name + ")"; });
  const auto upsert = [&](const sums_table& t, const std::string& from) {
    const auto others = (t.by_process ? "process_id, profile_id, "s : ""s) +
                        (t.by_owner ? "user_id, service_id, "s : ""s) +
                        (t.by_model ? "provider_id, model_id, "s : ""s) + "result_status";
    return "insert into " + t.name + " (period_start, " + others + ", " + sum_names + ") select " + start(t.step) +
           ", " + others + ", " + added + " from " + from + " group by " + start(t.step) + ", " + others +
           " on conflict (" + t.key + ") do update set " +
           joined([&](const std::string& name) { return name + " = " + t.name + "." + name + " + excluded." + name; });
  };
  if (!sqlite) {
    // One statement is one picture: others may add deltas with lower ids between two.
    std::string text = "with moved as (delete from usage_deltas where id <= $1 returning *)";
    for (const auto& t : tables)
      text += ", into_" + t.name + " as (" + upsert(t, "moved") + ")";
    return {{text + " select count(*) from moved"}};
  }
  // Summed once, not for each table: these few rows go through `usage_merging`.
  const auto dimensions = "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id,"
                          " result_status"s;
  std::vector<merge_step> made;
  made.push_back({"insert into usage_merging (" + dimensions + ", " + sum_names + ") select " + dimensions + ", " +
                  added + " from " + (what == unmerged::rows ? "usage_unmerged_rows" : "usage_deltas") +
                  " where id <= $1 group by " + dimensions});
  for (const auto& t : tables)
    made.push_back({upsert(t, "usage_merging"), false});
  made.push_back({"delete from usage_merging", false});
  made.push_back({what == unmerged::rows ? "update usage_merged set log_entry_id = $1"
                                         : "delete from usage_deltas where id <= $1"});
  return made;
}

} // namespace logos::storage::sql
