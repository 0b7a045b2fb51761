// SPDX-License-Identifier: MIT
#include "actors/transfer/past.hpp"

#include "actors/transfer/tables.hpp"
#include "core/credentials.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace logos::transfer {
namespace {

using core::ec;
using core::failure;
using json = simdjson::dom::element;
using storage::token_counts;

/// What upstream has counted of a request.
struct counts {
  token_counts usage;
  token_counts again;
  token_counts beside;
  std::vector<core::own_count> own;
};

token_counts& part_of(counts& all, upstream_types::manner told) {
  switch (told) {
  case upstream_types::manner::again: return all.again;
  case upstream_types::manner::beside: return all.beside;
  case upstream_types::manner::plain: break;
  }
  return all.usage;
}

/// As the gateway counts. The Messages API tells `input_tokens` beside what came from a cache or went there; here, and
/// in `prompt_tokens` of other APIs, these are parts of the prompt.
token_counts settled(const counts& c) {
  auto out = c.usage;
  const auto& other = c.beside;
  const auto take = [](std::int64_t& to, std::int64_t from) {
    if (to == 0) to = from;
  };
  for (const auto part : {&token_counts::prompt_cached_tokens, &token_counts::prompt_cache_creation_tokens})
    out.*part = std::max(out.*part, c.again.*part); // told twice, it was used once
  take(out.prompt_tokens, other.prompt_tokens + other.prompt_cached_tokens + other.prompt_cache_creation_tokens);
  take(out.completion_tokens, other.completion_tokens);
  take(out.prompt_cached_tokens, other.prompt_cached_tokens);
  take(out.prompt_cache_creation_tokens, other.prompt_cache_creation_tokens);
  if (other.prompt_tokens != 0 || other.completion_tokens != 0)
    take(out.total_tokens, out.prompt_tokens + out.completion_tokens);
  return out;
}

/// Upstream logged keys in clear. What stands deeper than a client can send it is left out.
std::string without_secrets(json value, int depth = 0) {
  constexpr int deepest = 16;
  std::string_view text;
  simdjson::dom::array list;
  simdjson::dom::object object;
  if (value.get(text) == simdjson::SUCCESS) return core::json_string(core::without_credentials(text));
  if (depth == deepest) return "null";
  std::string out;
  if (value.get(list) == simdjson::SUCCESS) {
    for (const auto item : list)
      out.append(out.empty() ? "" : ",").append(without_secrets(item, depth + 1));
    return "[" + out + "]";
  }
  if (value.get(object) != simdjson::SUCCESS) return simdjson::minify(value);
  for (const auto [name, member] : object) {
    out.append(out.empty() ? "" : ",").append(core::json_string(name)).append(":");
    out += core::names_a_secret(name) ? core::json_string(core::redacted) : without_secrets(member, depth + 1);
  }
  return "{" + out + "}";
}

std::string redacted(json headers) { return headers.is_object() ? without_secrets(headers) : std::string{}; }

/// The request's own id where it is a UUID, else always the same one for the same text.
core::uuid id_of(const std::string& text, const std::string& otherwise) {
  if (const auto id = core::uuid::parse(text)) return *id;
  static const core::secret_key naming{"ids of imported requests"};
  const auto hash = naming.hash(text.empty() ? otherwise : text);
  core::uuid id;
  std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x80); // version 8: of one's own making
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

class past {
public:
  past(json tables, upstream_types& types, cargo& to) : tables_{tables}, types_{types}, cargo_{to} {}

  failure read() {
    using step = failure (past::*)();
    for (const step next : {&past::usage, &past::events, &past::requests, &past::jobs})
      if (auto bad = (this->*next)(); bad.code != ec::none) return bad;
    return {};
  }

private:
  failure usage() {
    std::map<std::string, std::size_t> foreign;
    std::map<std::string, std::string> why;
    auto bad = each_row(tables_, "usage_tokens", [&, this](row_reader& row) {
      const auto* type = types_.use(row.needed_id("type_id"));
      if (type == nullptr) return row.refuse("type_id", "the file has no such token type.");
      if (!type->is_known()) {
        ++foreign[type->called];
        why.emplace(type->called, type->why_not);
        return;
      }
      auto& to = usage_[row.needed_id("log_entry_id")];
      const auto count = std::max<std::int64_t>(row.number("token_count"), 0);
      if (type->count != nullptr)
        part_of(to, type->told).*(type->count) += count;
      else if (count != 0)
        to.own.push_back({type->own, count});
    });
    for (const auto& [name, rows] : foreign)
      cargo_.notes.push_back("table usage_tokens: " + std::to_string(rows) + " counts of " + core::json_string(name) +
                             " are left out: " + why[name] + ".");
    return bad;
  }

  failure events() {
    return each_row(tables_, "request_events",
                    [this](row_reader& row) { events_.emplace(row.needed_text("request_id"), row.row()); });
  }

  failure requests() {
    return each_row(tables_, "log_entry", [this](row_reader& row) {
      auto& r = cargo_.requests.emplace_back();
      r.where = row.where();
      auto& to = r.row;
      const auto id = row.needed_id("id");
      to.timestamp_request = row.needed_time("timestamp_request");
      to.timestamp_forwarding = row.time("timestamp_forwarding");
      to.timestamp_response = row.time("timestamp_response");
      to.time_at_first_token = row.time("time_at_first_token");
      const auto request_id = row.text("request_id");
      to.request_id = id_of(request_id, std::to_string(id) + row.text("timestamp_request"));
      if (!request_id.empty() && !core::uuid::parse(request_id)) // the row's own has no room for it
        to.metadata = cargo_.keep(R"({"imported_request_id":)" + core::json_string(request_id) + "}");
      to.ids.process_id = row.number("process_id");
      to.ids.provider_id = row.number("provider_id");
      to.ids.model_id = row.number("model_id");
      to.ids.policy_id = row.number("policy_id");
      to.log = core::parse_log_level(row.text("privacy_level")).value_or(core::log_level::billing);
      to.priority = core::parse_priority(row.text("priority")).value_or(core::priority_mid);
      if (row.has("queue_depth_at_arrival"))
        to.queue_depth_at_arrival = static_cast<std::int32_t>(row.number("queue_depth_at_arrival"));
      if (row.has("utilization_at_arrival"))
        to.utilization_at_arrival = static_cast<float>(row.real("utilization_at_arrival"));
      to.queue_wait_us = static_cast<std::int64_t>(row.real("queue_wait_ms") * 1000);
      to.load_duration_us = static_cast<std::int64_t>(row.real("load_duration_ms") * 1000);
      to.was_cold_start = row.truth("was_cold_start");
      add_statistics(row, to);
      to.attempts = 1;
      if (const auto used = usage_.find(id); used != usage_.end()) {
        to.usage = settled(used->second);
        r.own = used->second.own;
        to.usage_source = core::usage_source::provider;
      }
      to.result =
          to.timestamp_response == core::wall_time{} ? core::result_status::partial : core::result_status::success;
      if (const auto event = events_.find(request_id); event != events_.end())
        add_event({event->second, row.where()}, to);
      to.http_status = to.result == core::result_status::success   ? 200
                       : to.result == core::result_status::timeout ? 504
                       : to.result == core::result_status::error   ? 500
                                                                   : 0;
      if (to.log == core::log_level::full) add_contents(row, to);
    });
  }

  void add_event(row_reader event, storage::finished& to) {
    const auto depth = [&](std::string_view column, std::int32_t& out) {
      if (event.has(column)) out = static_cast<std::int32_t>(event.number(column));
    };
    depth("queue_depth_at_enqueue", to.queue_depth_at_arrival);
    depth("queue_depth_at_schedule", to.queue_depth_at_schedule);
    depth("timeout_s", to.timeout_s);
    depth("available_vram_mb", to.available_vram_mb);
    depth("azure_rate_remaining_requests", to.azure_rate_remaining_requests);
    depth("azure_rate_remaining_tokens", to.azure_rate_remaining_tokens);
    if (const auto when = event.time("scheduled_ts"); when != core::wall_time{}) to.timestamp_forwarding = when;
    to.priority = core::parse_priority(event.text("initial_priority")).value_or(to.priority);
    to.priority_when_scheduled = core::parse_priority(event.text("priority_when_scheduled")).value_or(0);
    to.was_cold_start = to.was_cold_start || event.truth("cold_start");
    to.error_message = cargo_.keep(event.text("error_message"));
    const auto result = event.text("result_status");
    if (result == "success") to.result = core::result_status::success;
    if (result == "error") to.result = core::result_status::error;
    if (result == "timeout") to.result = core::result_status::timeout;
    if (to.result == core::result_status::error) to.error = ec::upstream_error;
    if (to.timestamp_forwarding > to.timestamp_request && to.queue_wait_us == 0)
      to.queue_wait_us = (to.timestamp_forwarding - to.timestamp_request).count();
  }

  /// What was read of a prompt comes along at log level FULL only.
  void add_statistics(row_reader& row, storage::finished& to) {
    json statistics, features;
    if (row.row()["classification_statistics"].get(statistics) != simdjson::SUCCESS || !statistics.is_object() ||
        statistics["features"].get(features) != simdjson::SUCCESS) {
      to.classification_statistics = cargo_.keep(row.json("classification_statistics"));
      return;
    }
    std::string rest;
    for (const auto [name, value] : simdjson::dom::object{statistics})
      if (name != "features")
        rest.append(rest.empty() ? "" : ",")
            .append(core::json_string(name))
            .append(":")
            .append(simdjson::minify(value));
    to.classification_statistics = cargo_.keep("{" + rest + "}");
    if (to.log == core::log_level::full) to.features = cargo_.keep(simdjson::minify(features));
  }

  void add_contents(row_reader& row, storage::finished& to) {
    to.client_ip = cargo_.keep(row.text("client_ip"));
    to.input_payload = cargo_.keep(row.json("input_payload"));
    to.response_payload = cargo_.keep(row.json("response_payload"));
    json headers;
    if (row.row()["headers"].get(headers) == simdjson::SUCCESS) to.headers = cargo_.keep(redacted(headers));
  }

  /// What was asked, without its headers, in which keys stood, and its body; and the answer. Upstream called a job a
  /// success also when the provider had refused it.
  static void read_call(json row, storage::past_job& job) {
    std::string_view text;
    const auto asked = row["request_payload"];
    job.method = asked["method"].get(text) == simdjson::SUCCESS ? std::string{text} : "POST";
    if (asked["path"].get(text) == simdjson::SUCCESS)
      job.path = text.starts_with('/') ? std::string{text} : "/v1/" + std::string{text};
    const auto answered = row["result_payload"];
    std::int64_t status = 0;
    if (answered["status_code"].get(status) == simdjson::SUCCESS && status >= 100 && status < 600)
      job.http_status = static_cast<int>(status);
    else if (!job.failed)
      job.http_status = 200;
    json body;
    if (answered["data"].get(body) == simdjson::SUCCESS || (answered.get(body) == simdjson::SUCCESS && !body.is_null()))
      job.result = simdjson::minify(body);
    job.failed = job.failed || job.http_status >= 400;
  }

  failure jobs() {
    std::size_t unfinished = 0;
    auto bad = each_row(tables_, "jobs", [&, this](row_reader& row) {
      const auto status = row.needed_text("status");
      if (status != "success" && status != "failed") {
        ++unfinished;
        return;
      }
      auto& [job, where] = cargo_.jobs.emplace_back();
      where = row.where();
      job.failed = status == "failed";
      job.process_id = row.needed_id("process_id");
      job.profile_id = row.number("profile_id");
      job.error_message = row.text("error_message");
      read_call(row.row(), job);
      job.created_at = row.needed_time("created_at");
      job.updated_at = row.has("updated_at") ? row.time("updated_at") : job.created_at;
    });
    if (unfinished != 0)
      cargo_.notes.push_back("table jobs: " + std::to_string(unfinished) +
                             " that had not ended are left out; only finished ones are history.");
    if (!cargo_.jobs.empty())
      cargo_.notes.push_back(
          "table jobs: the gateway keeps ended jobs for as long as jobs.keep says, 7 days unless it is "
          "set: those that ended before are removed when it looks next.");
    return bad;
  }

  json tables_;
  upstream_types& types_;
  cargo& cargo_;
  std::unordered_map<std::int64_t, counts> usage_; // by log entry
  std::unordered_map<std::string, json> events_;   // by request
};

} // namespace

failure read_past(json tables, upstream_types& types, cargo& to) { return past{tables, types, to}.read(); }

} // namespace logos::transfer
