// SPDX-License-Identifier: MIT
#include "storage/sql/sums.hpp"

#include "storage/sql/periods.hpp"

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
  bool by_process, by_owner, by_model, by_result; // `errors` is a column of those that are not by result
  std::string key;                                // the columns of the primary key
  bool by_source = false;                         // it has what is not the provider's own count, and nothing else
};

/// Of each step the smallest last.
const std::array<sums_table, 21> tables{{
    {"usage_hours", grain::hour, true, true, true, true,
     "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id, result_status"},
    {"usage_total_hours", grain::hour, false, false, false, true, "period_start, result_status"},
    {"usage_days", grain::day, true, true, true, true,
     "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id, result_status"},
    {"usage_key_days", grain::day, true, true, false, true,
     "period_start, process_id, profile_id, user_id, service_id, result_status"},
    {"usage_owner_days", grain::day, false, true, false, true, "period_start, user_id, service_id, result_status"},
    {"usage_plain_owner_days", grain::day, false, true, false, false, "period_start, user_id, service_id"},
    {"usage_model_days", grain::day, false, false, true, true, "period_start, provider_id, model_id, result_status"},
    {"usage_pentads", grain::pentad, true, true, true, false,
     "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id"},
    {"usage_months", grain::month, true, true, true, true,
     "process_id, period_start, profile_id, user_id, service_id, provider_id, model_id, result_status"},
    {"usage_plain_months", grain::month, true, true, true, false,
     "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id"},
    {"usage_key_months", grain::month, true, true, false, true,
     "process_id, period_start, profile_id, user_id, service_id, result_status"},
    {"usage_plain_key_months", grain::month, true, true, false, false,
     "process_id, period_start, profile_id, user_id, service_id"},
    {"usage_owner_months", grain::month, false, true, false, true, "period_start, user_id, service_id, result_status"},
    {"usage_model_months", grain::month, false, false, true, true,
     "period_start, provider_id, model_id, result_status"},
    {"usage_source_hours", grain::hour, true, true, true, true,
     "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id, result_status, usage_source",
     true},
    {"usage_source_days", grain::day, true, true, true, true,
     "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id, result_status, usage_source",
     true},
    {"usage_source_model_days", grain::day, false, false, true, true,
     "period_start, provider_id, model_id, result_status, usage_source", true},
    {"usage_source_months", grain::month, true, true, true, true,
     "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id, result_status, usage_source",
     true},
    {"usage_source_plain_months", grain::month, true, true, true, false,
     "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id, usage_source", true},
    {"usage_source_key_months", grain::month, true, true, false, false,
     "process_id, period_start, profile_id, user_id, service_id, usage_source", true},
    {"usage_source_model_months", grain::month, false, false, true, true,
     "period_start, provider_id, model_id, result_status, usage_source", true},
}};

/// The smallest table of this step that tells enough.
const sums_table& table_for(grain step, const sums_query& query) {
  const sums_table* best = nullptr;
  for (const auto& t : tables)
    if (t.step == step && t.by_source == query.by_source && (t.by_process || !query.by_process) &&
        (t.by_owner || !query.by_owner) && (t.by_model || !query.by_model) && (t.by_result || !query.by_result))
      best = &t;
  return *best;
}

/// Pentads are of everything: narrower tables of days have no more rows.
bool has_pentads(const sums_query& query) {
  return !query.by_source && query.by_model && (query.by_process || query.by_owner) && !query.by_result;
}

template <class Each>
std::string joined(const Each& make) {
  std::string text;
  for (const auto name : sums)
    text += (text.empty() ? "" : ", ") + make(std::string{name});
  return text;
}

/// Of the rows whose usage is not the provider's own count, in a WHERE that goes on.
const std::string of_others = "(usage_source is null or usage_source <> 'provider') and ";

/// The columns of a source before those of `sum_names`; what a table does not have is 0 or empty. Casts give a column
/// the same type everywhere: PostgreSQL then reads no column that is not asked for.
std::string ids(const sums_table& t) {
  const auto of = [](bool known, const std::string& name) {
    return (known ? name : "cast(0 as bigint) as " + name) + ", ";
  };
  return of(t.by_process, "process_id") + of(t.by_process, "profile_id") + of(t.by_owner, "user_id") +
         of(t.by_owner, "service_id") + of(t.by_model, "provider_id") + of(t.by_model, "model_id") +
         (t.by_result ? "result_status, " : "cast('' as text) as result_status, ") +
         (t.by_source ? "usage_source, " : "");
}

/// The requests of a row that did not succeed; what is not known to have done so has not.
const std::string failed = "case when result_status = 'success' then cast(0 as bigint) else requests end";

/// When the period of this length began that a time lies in.
std::string start_of(const std::string& time, grain step, dialect of) {
  if (of == dialect::sqlite) {
    const auto digits = [&](const char* count) { return "substr(" + time + ", 1, " + count + ")"; };
    switch (step) {
    case grain::hour: return digits("13") + " || ':00:00.000000+00'";
    case grain::day: return digits("10") + " || ' 00:00:00.000000+00'";
    case grain::pentad:
      return digits("8") + " || substr('010611162126', 1 + 2 * min((substr(" + time +
             ", 9, 2) - 1) / 5, 5), 2) || ' 00:00:00.000000+00'";
    case grain::month: return digits("7") + " || '-01 00:00:00.000000+00'";
    }
  }
  const auto truncated = [&](const char* unit) { return "date_trunc('"s + unit + "', " + time + ", 'UTC')"; };
  switch (step) {
  case grain::hour: return truncated("hour");
  case grain::day: return truncated("day");
  case grain::pentad:
    return truncated("month") + " + least((extract(day from " + time +
           " at time zone 'UTC')::int - 1) / 5, 5) * interval '120 hours'";
  case grain::month: return truncated("month");
  }
  return time;
}

std::string monday_of(const std::string& time, dialect of) {
  if (of == dialect::sqlite)
    return "date(substr(" + time + ", 1, 10), '-6 days', 'weekday 1') || ' 00:00:00.000000+00'";
  return "date_trunc('week', " + time + ", 'UTC')";
}

/// When the report's period began that a time lies in.
std::string period_of(const std::string& time, const sums_query& query, dialect of) {
  switch (query.by_week) {
  case weeks::none: break;
  case weeks::whole: return monday_of(time, of);
  case weeks::of_months:
    return (of == dialect::sqlite ? "max(" : "greatest(") + monday_of(time, of) + ", " +
           start_of(time, grain::month, of) + ")";
  }
  return start_of(time, query.coarsest, of);
}

/// A source's `at`: the start of its period, if the report is by time.
std::string when(const std::string& time, grain step, const sums_query& query, dialect of) {
  if (!query.by_time) return {};
  const bool begins = step == query.coarsest && query.by_week == weeks::none;
  return (begins ? time : period_of(time, query, of)) + " as at, ";
}

/// Whether rows are added to a report, or taken away from it.
enum class sign { plus, minus };

std::string signed_sums(sign way) {
  return way == sign::plus ? sum_names : joined([](const std::string& name) { return "-" + name + " as " + name; });
}

std::string from_table(const sums_table& t, const sums_query& query, dialect of, sign way = sign::plus) {
  return "select " + when("period_start", t.step, query, of) + ids(t) + signed_sums(way) + ", " +
         (way == sign::plus ? "" : "-") + (t.by_result ? "(" + failed + ")" : "errors") + " as errors from " + t.name +
         " where " + (t.by_source && t.key.empty() ? of_others : "") + "period_start";
}

/// What is in none of the tables.
sums_table not_merged(const sums_query& query, dialect of) {
  return {of == dialect::sqlite ? "usage_unmerged" : "usage_deltas",
          grain::hour,
          true,
          true,
          true,
          true,
          {},
          query.by_source};
}

/// The log's own rows, as the migrations see them.
std::string from_log(const sums_query& query, dialect of) {
  return "select " + (query.by_time ? period_of("timestamp_request", query, of) + " as at, " : ""s) +
         "coalesce(process_id, 0) as process_id, coalesce(profile_id, 0) as profile_id,"
         " coalesce(user_id, 0) as user_id, coalesce(service_id, 0) as service_id,"
         " coalesce(provider_id, 0) as provider_id, coalesce(model_id, 0) as model_id,"
         " coalesce(result_status, '') as result_status, " +
         (query.by_source ? "coalesce(usage_source, '') as usage_source, " : "") +
         "cast(1 as bigint) as requests, prompt_tokens, "
         "completion_tokens, total_tokens,"
         " prompt_cached_tokens, prompt_cache_creation_tokens, prompt_audio_tokens, completion_reasoning_tokens,"
         " completion_audio_tokens, audio_milliseconds, " +
         (of == dialect::sqlite ? "cast(round(coalesce(queue_wait_ms, 0) * 1000) as integer)"s
                                : "cast(round(coalesce(queue_wait_ms, 0)::float8 * 1000) as bigint)"s) +
         " as queue_wait_us, request_bytes, response_bytes, cost_nano / 1000000000 as cost_units,"
         " cost_nano % 1000000000 as cost_rest, case when result_status = 'success' then cast(0 as bigint)"
         " else cast(1 as bigint) end as errors from log_entry where " +
         (query.by_source ? of_others : ""s) + "timestamp_request";
}

/// What the tables have that are by source, or the others.
sums_source made_of(const sums_query& query, dialect of, std::vector<std::string> bounds);

} // namespace

const std::string sum_names = joined([](const std::string& name) { return name; });

std::string added_up(dialect of) {
  const std::string sum = of == dialect::sqlite ? "sum(" : "add_up(";
  return joined([&](const std::string& name) { return sum + name + ") as " + name; }) + ", " + sum +
         "errors) as errors";
}

/// What is not of another source is the provider's: all there is, and the others once more, taken away. PostgreSQL
/// reads these once for both.
sums_source sums_over(const sums_query& query, dialect of) {
  if (!query.by_source) return made_of(query, of, {});
  auto everything = query;
  everything.by_source = false;
  auto all = made_of(everything, of, {});
  const auto others = made_of(query, of, std::move(all.bounds));
  const auto before = (query.by_time ? "at, "s : ""s) +
                      "process_id, profile_id, user_id, service_id, provider_id, model_id, result_status, ";
  const auto provider = "cast('provider' as text) as usage_source, "s;
  const auto everywhere = "select " + before + provider + sum_names + ", errors from (" + all.text + ") a union all ";
  if (of == dialect::postgres)
    return {everywhere + "select " + before + "v.usage_source, " +
                joined([](const std::string& name) { return "v.way * " + name + " as " + name; }) +
                ", v.way * errors as errors from (" + others.text +
                ") b cross join lateral (values (b.usage_source, 1::bigint), ('provider', -1::bigint)) v(usage_source, "
                "way)",
            others.bounds};
  return {everywhere + "select " + before + "usage_source, " + sum_names + ", errors from (" + others.text +
              ") b union all select " + before + provider + signed_sums(sign::minus) + ", -errors as errors from (" +
              others.text + ") c",
          others.bounds};
}

namespace {

sums_source made_of(const sums_query& query, dialect of, std::vector<std::string> bounds) {
  // Times that every database has; there are no requests beyond.
  constexpr wall_time first{sys_days{std::chrono::year{1} / 1 / 1}}, last{sys_days{std::chrono::year{9999} / 1 / 1}};
  const auto from = std::clamp(query.from, first, last), to = std::max(std::clamp(query.to, first, last), from);
  sums_source made{{}, std::move(bounds)};
  const auto add = [&](const std::string& select, range r) {
    const auto n = made.bounds.size();
    made.bounds.push_back(core::to_sql(r.from));
    made.bounds.push_back(core::to_sql(r.to));
    const auto& column = select.substr(select.rfind(' ') + 1);
    const auto begin = " $" + std::to_string(n + 1), end = " $" + std::to_string(n + 2);
    made.text += (made.text.empty() ? "" : " union all ") + select + " >=" + begin + " and " + column + " <" + end +
                 " and" + begin + " <" + end;
  };
  // Each step takes the whole periods out of what the finer one would read. An empty range stays in the text, so that
  // there are few different statements; that it is empty is said beside, so that nobody looks for it. Of the log
  // nothing is taken away: its rows may be gone.
  range whole{ceil(from, grain::hour), floor(to, grain::hour)};
  if (whole.from >= whole.to) whole = {to, to};
  add(from_log(query, of), {from, whole.from});
  add(from_log(query, of), {whole.to, to});
  add(from_table(not_merged(query, of), query, of), whole);
  auto at = grain::hour;
  for (const auto next : {grain::day, grain::pentad, grain::month}) {
    if (next > query.coarsest) break;
    if (next == grain::pentad && !has_pentads(query)) continue;
    const auto found = parts_of(whole, next);
    const auto& finer = table_for(at, query);
    for (const auto& each : found.more)
      add(from_table(finer, query, of), each);
    for (const auto& each : found.less)
      add(from_table(finer, query, of, sign::minus), each);
    whole = found.whole;
    at = next;
  }
  add(from_table(table_for(at, query), query, of), whole);
  return made;
}

/// Of the operator's own token types.
std::string add_counts(const std::string& from) {
  const auto key = "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id, result_status,"
                   " type_id"s;
  return "insert into usage_count_hours (" + key + ", token_count) select " + key + ", sum(token_count) from " + from +
         " group by " + key + " on conflict (" + key +
         ") do update set token_count = usage_count_hours.token_count + excluded.token_count";
}

/// How far estimates were off, from `moved`.
const std::string add_estimates = [] {
  std::string columns, sum;
  for (const auto name : estimate_sum_names) {
    columns += ", " + std::string{name};
    sum += ", add_up(" + std::string{name} + ")";
  }
  return "insert into usage_estimates (period_start, provider_id, model_id" + columns +
         ") select period_start, provider_id, model_id" + sum +
         " from moved group by period_start, provider_id, model_id" + or_add_estimates();
}();

} // namespace

std::string or_add_estimates() {
  std::string text = " on conflict (period_start, provider_id, model_id) do update set ";
  for (std::size_t i = 0; i < estimate_sum_names.size(); ++i) {
    const std::string name{estimate_sum_names[i]};
    text += (i == 0 ? "" : ", ") + name + " = usage_estimates." + name + " + excluded." + name;
  }
  return text;
}

std::string merge_fresh_counts() {
  return add_counts("usage_count_rows where id > (select log_entry_id from usage_merged)");
}

std::vector<merge_step> merge_steps(dialect of, unmerged what) {
  const bool sqlite = of == dialect::sqlite;
  const std::string sum = sqlite ? "sum" : "add_up";
  const auto added = joined([&](const std::string& name) { return sum + "(" + name + ")"; });
  const auto upsert = [&](const sums_table& t, const std::string& from) {
    auto others = (t.by_process ? ", process_id, profile_id"s : ""s) + (t.by_owner ? ", user_id, service_id"s : ""s) +
                  (t.by_model ? ", provider_id, model_id"s : ""s) + (t.by_result ? ", result_status"s : ""s) +
                  (t.by_source ? ", usage_source"s : ""s);
    const auto start = t.step == grain::hour ? "period_start"s : start_of("period_start", t.step, of);
    return "insert into " + t.name + " (period_start" + others + ", " + sum_names + (t.by_result ? "" : ", errors") +
           ") select " + start + others + ", " + added + (t.by_result ? "" : ", " + sum + "(" + failed + ")") +
           " from " + from + (t.by_source ? " where usage_source <> 'provider'" : "") + " group by " + start + others +
           " on conflict (" + t.key + ") do update set " +
           joined([&](const std::string& name) { return name + " = " + t.name + "." + name + " + excluded." + name; }) +
           (t.by_result ? "" : ", errors = " + t.name + ".errors + excluded.errors");
  };
  if (!sqlite) {
    // One statement is one picture: others may add deltas with lower ids between two.
    std::string text = "with moved as (delete from usage_deltas where ordinal <= $1 returning *)";
    for (const auto& t : tables)
      text += ", into_" + t.name + " as (" + upsert(t, "moved") + ")";
    return {{text + " select count(*) from moved"},
            {"with moved as (delete from usage_count_deltas returning *) " + add_counts("moved"), false},
            {"with moved as (delete from usage_estimate_deltas returning *) " + add_estimates, false}};
  }
  std::vector<merge_step> made;
  if (what == unmerged::rows)
    made.push_back({add_counts("usage_count_rows where id > (select log_entry_id from usage_merged) and id <= $1")});
  // Summed once, not for each table: these few rows go through `usage_merging`.
  const auto dimensions = "period_start, process_id, profile_id, user_id, service_id, provider_id, model_id,"
                          " result_status, usage_source"s;
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
