// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/csv.hpp"
#include "actors/administration/members.hpp"
#include "actors/administration/told_statistics.hpp"
#include "actors/weighing.hpp"
#include "core/error.hpp"
#include "core/money.hpp"
#include "storage/entities.hpp"
#include "storage/reports.hpp"

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The columns of what is on the books, once for JSON and for CSV. `m` is `members` or a `csv_row`.
namespace logos::administration {

/// As `group_by` names them, in the order of usage_group.
inline constexpr std::array<std::string_view, 12> group_names{"process",  "profile", "user",   "service",
                                                              "provider", "model",   "day",    "hour",
                                                              "month",    "week",    "result", "usage_source"};

void describe_usage(auto& m, const storage::token_counts& u) {
  m.add("prompt_tokens", u.prompt_tokens)
      .add("completion_tokens", u.completion_tokens)
      .add("total_tokens", u.total_tokens)
      .add("prompt_cached_tokens", u.prompt_cached_tokens)
      .add("prompt_cache_creation_tokens", u.prompt_cache_creation_tokens)
      .add("prompt_audio_tokens", u.prompt_audio_tokens)
      .add("completion_reasoning_tokens", u.completion_reasoning_tokens)
      .add("completion_audio_tokens", u.completion_audio_tokens)
      .add("audio_milliseconds", u.audio_milliseconds);
}

/// An object of their own in JSON, columns in CSV.
inline void add_usage(members& m, const storage::token_counts& u, const std::string& own) {
  members counts;
  describe_usage(counts, u);
  if (!own.empty()) counts.raw("own", own);
  m.raw("usage", counts.finish());
}
inline void add_usage(csv_row& m, const storage::token_counts& u, const std::string& /*own*/) { describe_usage(m, u); }
/// CSV has the own counts in its last column.
inline void end_row(members& /*m*/, const std::string& /*own*/) {}
inline void end_row(csv_row& m, const std::string& own) { m.raw("own", own); }

/// The counts of an operator's own token types as an object, by their names; empty for none.
class count_names {
public:
  void learn(const storage::token_type& type) { names_[type.id] = type.name; }
  std::string object_of(std::span<const core::own_count> counts) const {
    if (counts.empty()) return {};
    members out;
    for (const auto& c : counts) {
      const auto known = names_.find(c.type);
      out.add(known != names_.end() ? known->second : std::to_string(c.type), c.count); // its type may be gone
    }
    return out.finish();
  }

private:
  std::map<std::int64_t, std::string> names_;
};

/// `currency`: what costs are in.
void describe_request(auto& m, const storage::request_row& r, const std::string& currency) {
  m.add("id", r.id)
      .add("request_id", r.request_id_text)
      .add("received_at", r.timestamp_request)
      .add("forwarded_at", r.timestamp_forwarding)
      .add("first_token_at", r.time_at_first_token)
      .add("finished_at", r.timestamp_response)
      .id("process_id", r.ids.process_id)
      .text("process", r.process_name)
      .id("user_id", r.owner.user_id)
      .id("service_id", r.owner.service_id)
      .id("profile_id", r.ids.profile_id)
      .id("policy_id", r.ids.policy_id)
      .id("provider_id", r.ids.provider_id)
      .text("provider", r.provider_name)
      .id("model_id", r.ids.model_id)
      .text("model", r.model_name)
      .id("deployment_id", r.ids.deployment_id)
      .text("path", r.path)
      .text("node", r.node)
      .add("status", std::int64_t{r.http_status})
      .add("result", std::string{to_string(r.result)})
      .text("error", r.error == core::ec::none ? std::string{} : std::string{core::to_string(r.error)})
      .text("error_message", r.error_message)
      .add("stream", r.stream)
      .add("priority", r.priority)
      .add("mode", std::string{to_string(r.mode)})
      .add("queue_us", r.queue_wait_us)
      .add("attempts", std::int64_t{r.attempts})
      .add("cold_start", r.was_cold_start)
      .add("request_bytes", r.request_bytes)
      .add("response_bytes", r.response_bytes);
  add_usage(m, r.usage, r.own_counts);
  m.add("usage_source", std::string{to_string(r.usage_source)})
      .add("cost", core::to_decimal(r.cost_nano))
      .add("held", core::to_decimal(r.hold_nano))
      .text("currency", currency)
      .id("price_id", r.price_id)
      .id("rate_id", r.rate_id)
      .text("price_versions", r.price_versions)
      .text("decision", std::string{actors::without_weighing(r.decision)})
      .text("dataset", r.dataset)
      .raw("metadata", r.metadata);
  end_row(m, r.own_counts);
}

/// What is told of one request besides.
void describe_details(auto& m, const storage::request_row& r) {
  const auto known = [](std::int32_t count) { return count < 0 ? std::string{} : std::to_string(count); };
  m.add("load_us", r.load_duration_us);
  const auto compared = [&](std::int64_t count) {
    return r.estimated_prompt_tokens == 0 ? std::string{} : std::to_string(count);
  };
  m.raw("estimated_prompt_tokens", compared(r.estimated_prompt_tokens))
      .raw("estimated_completion_tokens", compared(r.estimated_completion_tokens))
      .raw("priority_when_scheduled",
           r.priority_when_scheduled == 0 ? std::string{} : std::to_string(r.priority_when_scheduled))
      .raw("queue_depth_at_arrival", known(r.queue_depth_at_arrival))
      .raw("queue_depth_at_schedule", known(r.queue_depth_at_schedule))
      .raw("utilization_at_arrival",
           r.utilization_at_arrival < 0 ? std::string{} : std::to_string(r.utilization_at_arrival));
  m.raw("classification_statistics", tell_statistics(r.classification_statistics))
      .text("client_ip", r.client_ip)
      .raw("headers", r.headers)
      .raw("input_payload", r.input_payload)
      .raw("response_payload", r.response_payload);
}

/// A share of `of`, as a JSON number; empty: of nothing.
std::string share_of(std::int64_t part, std::int64_t of);

/// How far estimates are off, told by requests that have both an estimate and a count.
void describe_estimates(auto& m, const storage::estimate_sums& e) {
  const auto off = [](std::int64_t estimated, std::int64_t count) { return share_of(estimated - count, count); };
  const auto estimated = e.estimated_prompt + e.estimated_completion, count = e.counted_prompt + e.counted_completion;
  m.raw("estimate_samples", e.samples == 0 ? std::string{} : std::to_string(e.samples))
      .raw("estimate_error", off(estimated, count))
      .raw("estimate_deviation", share_of(e.prompt_apart + e.completion_apart, count))
      .raw("prompt_estimate_error", off(e.estimated_prompt, e.counted_prompt))
      .raw("completion_estimate_error", off(e.estimated_completion, e.counted_completion));
}

/// `everybodys`: who asks may see everybody's requests. Estimates are compared over all of them, so others would learn
/// from it which models and providers are in use, and how.
void describe_usage_row(auto& m, const storage::usage_row& row, const std::vector<storage::usage_group>& groups,
                        const count_names& names, const std::string& currency, bool everybodys) {
  for (std::size_t i = 0; i < groups.size() && i < row.keys.size(); ++i) {
    const auto name = group_names[static_cast<std::size_t>(groups[i])];
    const bool by_id = groups[i] <= storage::usage_group::model;
    if (by_id) {
      m.raw(std::string{name} + "_id", row.keys[i]); // an id's digits, or nothing
      m.text(name, i < row.names.size() ? row.names[i] : std::string{});
    } else {
      m.text(name, row.keys[i]);
    }
  }
  m.add("requests", row.requests).add("errors", row.errors);
  add_usage(m, row.usage, names.object_of(row.own));
  m.add("queue_us", row.queue_wait_us)
      .add("cost", core::to_decimal(row.cost_nano))
      .text("currency", currency)
      .add("request_bytes", row.request_bytes)
      .add("response_bytes", row.response_bytes);
  describe_estimates(m, everybodys ? row.estimates : storage::estimate_sums{});
  end_row(m, names.object_of(row.own));
}

} // namespace logos::administration
