// SPDX-License-Identifier: MIT
#pragma once
#include "storage/records.hpp"

#include <string_view>

namespace logos::storage::sql {

/// The columns of `log_entry` that are written, in this order, once for writing and for reading. `row` is a `finished`
/// or a `request_row`; the visitor tells the kinds of column apart:
///   time (zero is NULL unless `required`), id (0 is NULL), known (-1 is NULL), count, real, millis, truth, word (an
///   enum), rank (a priority), text and json (empty is NULL), statistics (json; writers put the features into it).
void visit_log_fields(auto& v, auto& row) {
  v.required("timestamp_request", row.timestamp_request);
  v.time("timestamp_forwarding", row.timestamp_forwarding);
  v.time("timestamp_response", row.timestamp_response);
  v.time("time_at_first_token", row.time_at_first_token);
  v.request_id("request_id", row);
  v.id("process_id", row.ids.process_id);
  v.id("user_id", row.owner.user_id);
  v.id("service_id", row.owner.service_id);
  v.id("profile_id", row.ids.profile_id);
  v.id("provider_id", row.ids.provider_id);
  v.id("model_id", row.ids.model_id);
  v.id("deployment_id", row.ids.deployment_id);
  v.id("policy_id", row.ids.policy_id);
  v.word("privacy_level", row.log);
  v.rank("priority", row.priority);
  v.rank("priority_when_scheduled", row.priority_when_scheduled);
  v.word("mode", row.mode);
  v.truth("stream", row.stream);
  v.truth("was_cold_start", row.was_cold_start);
  v.count("attempts", row.attempts);
  v.count("http_status", row.http_status);
  v.word("result_status", row.result);
  v.word("error_code", row.error);
  v.word("usage_source", row.usage_source);
  v.known("queue_depth_at_arrival", row.queue_depth_at_arrival);
  v.known("queue_depth_at_schedule", row.queue_depth_at_schedule);
  v.known_real("utilization_at_arrival", row.utilization_at_arrival);
  v.millis("queue_wait_ms", row.queue_wait_us);
  v.millis("load_duration_ms", row.load_duration_us);
  v.known("timeout_s", row.timeout_s);
  v.known("available_vram_mb", row.available_vram_mb);
  v.known("azure_rate_remaining_requests", row.azure_rate_remaining_requests);
  v.known("azure_rate_remaining_tokens", row.azure_rate_remaining_tokens);
  v.count("prompt_tokens", row.usage.prompt_tokens);
  v.count("completion_tokens", row.usage.completion_tokens);
  v.count("total_tokens", row.usage.total_tokens);
  v.count("prompt_cached_tokens", row.usage.prompt_cached_tokens);
  v.count("prompt_cache_creation_tokens", row.usage.prompt_cache_creation_tokens);
  v.count("prompt_audio_tokens", row.usage.prompt_audio_tokens);
  v.count("completion_reasoning_tokens", row.usage.completion_reasoning_tokens);
  v.count("completion_audio_tokens", row.usage.completion_audio_tokens);
  v.count("audio_milliseconds", row.usage.audio_milliseconds);
  v.count("hold_nano", row.hold_nano);
  v.count("cost_nano", row.cost_nano);
  v.id("price_id", row.price_id);
  v.count("request_bytes", row.request_bytes);
  v.count("response_bytes", row.response_bytes);
  v.text("path", row.path);
  v.text("node", row.node);
  v.text("error_message", row.error_message);
  v.text("dataset", row.dataset);
  v.json("metadata", row.metadata);
  v.statistics("classification_statistics", row);
  v.text("decision", row.decision);
  v.id("rate_id", row.rate_id);
  v.json("own_counts", row.own_counts);
  v.text("price_versions", row.price_versions);
  v.id("estimated_prompt_tokens", row.estimated_prompt_tokens);
  v.id("estimated_completion_tokens", row.estimated_completion_tokens);
}

/// Likewise what only log level FULL keeps.
void visit_payload_fields(auto& v, auto& row) {
  v.text("client_ip", row.client_ip);
  v.json("input_payload", row.input_payload);
  v.json("headers", row.headers);
  v.json("response_payload", row.response_payload);
}

} // namespace logos::storage::sql
