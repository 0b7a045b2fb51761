// SPDX-License-Identifier: MIT
#pragma once
#include "storage/migrations/migration.hpp"

#include <string>

/// What the migrations of the sums (`sums`, `owners`, `pentads`, `usage_sources`) have in common. As they do, it never
/// changes.
namespace logos::storage::sums_tables {

inline const std::string sums = R"sql(
  requests bigint not null,
  prompt_tokens bigint not null, completion_tokens bigint not null, total_tokens bigint not null,
  prompt_cached_tokens bigint not null, prompt_cache_creation_tokens bigint not null,
  prompt_audio_tokens bigint not null, completion_reasoning_tokens bigint not null,
  completion_audio_tokens bigint not null, audio_milliseconds bigint not null,
  queue_wait_us bigint not null, request_bytes bigint not null, response_bytes bigint not null,
  cost_units bigint not null, cost_rest bigint not null)sql";

inline const std::string names =
    "requests, prompt_tokens, completion_tokens, total_tokens, prompt_cached_tokens, prompt_cache_creation_tokens,"
    " prompt_audio_tokens, completion_reasoning_tokens, completion_audio_tokens, audio_milliseconds, queue_wait_us,"
    " request_bytes, response_bytes, cost_units, cost_rest";

inline const std::string added =
    "sum(requests), sum(prompt_tokens), sum(completion_tokens), sum(total_tokens), sum(prompt_cached_tokens),"
    " sum(prompt_cache_creation_tokens), sum(prompt_audio_tokens), sum(completion_reasoning_tokens),"
    " sum(completion_audio_tokens), sum(audio_milliseconds), sum(queue_wait_us), sum(request_bytes),"
    " sum(response_bytes), sum(cost_units), sum(cost_rest)";

/// The `names` of a row whose cost has changed, in a trigger.
inline const std::string difference = "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,"
                                      " new.cost_nano / 1000000000 - old.cost_nano / 1000000000,"
                                      " new.cost_nano % 1000000000 - old.cost_nano % 1000000000";

/// The sums of `from`'s rows, whose periods begin at `start`, become rows of `to`.
inline std::string fill(const std::string& to, const std::string& start, const std::string& dimensions,
                        const std::string& from) {
  return "insert into " + to + " (period_start, " + dimensions + ", " + names + ") select " + start + ", " +
         dimensions + ", " + added + " from " + from + " group by " + start + ", " + dimensions + ";\n";
}

/// The `names` of a row of log_entry; `row` is how it is called there, `waited` its time in the queue, µs.
inline std::string counts_of(const std::string& row, const std::string& waited) {
  std::string text = "1";
  for (const char* count :
       {"prompt_tokens", "completion_tokens", "total_tokens", "prompt_cached_tokens", "prompt_cache_creation_tokens",
        "prompt_audio_tokens", "completion_reasoning_tokens", "completion_audio_tokens", "audio_milliseconds"})
    text += ", " + row + count;
  return text + ", " + waited + ", " + row + "request_bytes, " + row + "response_bytes, " + row +
         "cost_nano / 1000000000, " + row + "cost_nano % 1000000000";
}

inline std::string hour_of(const std::string& row, dialect of) {
  return of == dialect::sqlite ? "substr(" + row + "timestamp_request, 1, 13) || ':00:00.000000+00'"
                               : "date_trunc('hour', " + row + "timestamp_request, 'UTC')";
}
inline std::string wait_of(const std::string& row, dialect of) {
  return of == dialect::sqlite ? "cast(round(coalesce(" + row + "queue_wait_ms, 0) * 1000) as integer)"
                               : "cast(round(coalesce(" + row + "queue_wait_ms, 0)::float8 * 1000) as bigint)";
}

} // namespace logos::storage::sums_tables
