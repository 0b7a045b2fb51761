// SPDX-License-Identifier: MIT
#pragma once
#include "core/money.hpp"
#include "storage/records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What is read back from the books.
namespace logos::storage {

/// A row of `log_entry` with the names that its ids have (also those of removed entities).
struct request_row : finished_facts {
  std::int64_t id = 0;
  std::string request_id_text;
  std::string process_name;
  std::string provider_name;
  std::string model_name;
  std::string path;
  std::string node;
  std::string error_message;
  std::string dataset;
  std::string metadata;                  // JSON, or empty
  std::string classification_statistics; // JSON, or empty
  std::string decision;
  std::string own_counts; // JSON: of the operator's own token types, by their ids; or empty
  std::string price_versions;
  // Only from `find_request`, and only where the log level was FULL:
  std::string client_ip;
  std::string input_payload;
  std::string headers;
  std::string response_payload;
};

/// Whose requests or jobs are looked at: a user's, made by keys that were theirs then; those that a key made while it
/// was nobody's; or (0) everybody's.
struct whose {
  std::int64_t process_id = 0;
  std::int64_t user_id = 0;

  /// Whether one that this key made while it was this user's (0: nobody's) is among them.
  bool covers(std::int64_t by_process, std::int64_t of_user) const noexcept {
    if (user_id != 0) return of_user == user_id;
    return process_id == 0 || (by_process == process_id && of_user == 0);
  }
};

/// Every member that is set narrows the list.
struct request_filter {
  std::optional<core::wall_time> from; // inclusive
  std::optional<core::wall_time> to;   // exclusive
  std::int64_t process_id = 0;
  std::int64_t profile_id = 0;
  std::int64_t provider_id = 0;
  std::int64_t model_id = 0;
  std::optional<core::result_status> result;
  std::string dataset;
  whose of;
  std::int64_t service_id = 0;
  std::int32_t least_status = 0; // of HTTP, both inclusive; 0: any
  std::int32_t most_status = 0;
  std::optional<core::usage_source> usage_source;
};

struct request_page {
  std::vector<request_row> rows;
  std::string next; // the cursor of the next page; empty: this was the last
};

/// A week is ISO 8601's, from Monday on, UTC.
enum class usage_group : std::uint8_t {
  process,
  profile,
  user,
  service,
  provider,
  model,
  day,
  hour,
  month,
  week,
  result,
  usage_source
};

/// `usual`: by time, the earliest first, where that is among the groups, else by requests. `time` is the same; the
/// others put the most first.
enum class usage_order : std::uint8_t { usual, time, requests, cost };

/// Which requests are summed: every member that is set narrows it. And in which order the sums come.
struct usage_filter {
  whose of{};
  std::int64_t process_id = 0;
  std::int64_t profile_id = 0;
  std::int64_t service_id = 0;
  std::int64_t provider_id = 0;
  std::int64_t model_id = 0;
  std::optional<core::usage_source> usage_source{};
  usage_order order = usage_order::usual;
};

/// Requests of the days of a report that were estimated although their providers have counted: of the models and
/// providers that a group is of, whoever asked. What each estimate was off by is summed in `apart`, whichever way.
struct estimate_sums {
  std::int64_t samples = 0;
  std::int64_t estimated_prompt = 0; // tokens, here and below
  std::int64_t counted_prompt = 0;
  std::int64_t prompt_apart = 0;
  std::int64_t estimated_completion = 0;
  std::int64_t counted_completion = 0;
  std::int64_t completion_apart = 0;
};

struct usage_row {
  /// One per group asked for, in that order: the id as text (empty: none), the day, hour, month or
  /// week (2026-W01), the status, or the source of usage (empty: not known, of rows that were removed before it was
  /// summed).
  std::vector<std::string> keys;
  /// The name that each key has; empty where it is its own name.
  std::vector<std::string> names;
  std::int64_t requests = 0;
  std::int64_t errors = 0; // requests whose result is not success
  token_counts usage;
  std::int64_t queue_wait_us = 0;
  std::int64_t request_bytes = 0;
  std::int64_t response_bytes = 0;
  std::int64_t cost_nano = 0;
  std::vector<core::own_count> own; // of the operator's own token types, by their ids; none by `usage_source`
  estimate_sums estimates;          // none where all usage is the provider's own count
};

/// When a key was used last, as the books have it: the last row's time, or the day of one that is removed.
struct last_use {
  std::int64_t process_id = 0;
  core::wall_time at{};
};

/// A request that was let in, as limits count it.
struct recent_use {
  core::wall_time at{};
  core::wall_time ended{}; // none: it is not known
  std::int64_t tokens = 0;
  std::int64_t prompt_tokens = 0; // of them
};

/// What a LEDGER must know of before a rule was made: what somebody's requests since `from` have cost, or when they
/// were let in, also of those that came before and have ended since.
struct past_query {
  core::scope scope = core::scope::process;
  std::int64_t scope_id = 0;
  core::wall_time from{};
  bool money = true;
  bool late = false; // not `money`: also what came up to an hour earlier, and has ended since
};
/// A request that may be part of a past or not; both are its row's key.
struct past_request {
  core::uuid id;
  core::wall_time at{}; // when it came in
};
struct past_answer {
  core::nano spent = 0;         // if `money`
  std::vector<recent_use> uses; // else, in the order of their times
};
struct past {
  std::vector<past_answer> answers; // one per query
  std::vector<core::uuid> booked;   // which of the requests asked for have their row, and are in the answers
};

/// What a MONITOR saw of an Ollama server. Table ollama_provider_snapshots.
struct provider_snapshot {
  std::int64_t provider_id = 0;
  core::wall_time snapshot_ts{};
  std::int32_t total_models_loaded = 0;
  std::int64_t total_vram_used_bytes = 0;
  std::string loaded_models; // a JSON array
  bool poll_success = true;
  std::string error_message;
  std::int64_t id = 0; // when it was read
};

/// Snapshots of one provider from `from` up to before `to`, behind one of them: the last of an earlier page.
struct snapshot_filter {
  std::int64_t provider_id = 0;
  core::wall_time from{};
  core::wall_time to{};
  core::wall_time behind_ts = core::wall_time::max();
  std::int64_t behind_id = 0;
};

/// What a SCHEDULER has learned of a deployment; 0: not known. Table deployment_experience.
struct deployment_experience {
  std::int64_t deployment_id = 0;
  std::int64_t load_us = 0;
  std::int64_t memory_bytes = 0; // when loaded
  std::int64_t vram_bytes = 0;
  std::int64_t first_token_us = 0;  // of the shortest prompt
  std::int64_t prompt_token_ns = 0; // by which each token of the prompt delays it
  std::int64_t answer_token_ns = 0;
  std::int64_t service_us = 0; // what a call takes in all
  std::int64_t error_permille = 0;
  std::int64_t calls = 0;
};

} // namespace logos::storage
