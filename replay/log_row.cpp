// SPDX-License-Identifier: MIT
#include "replay/log_row.hpp"

#include "net/dialects/ollama.hpp"

#include <simdjson.h>

#include <string>

namespace logos::replay {
namespace {

namespace dom = simdjson::dom;

template <class T>
T at(const dom::object& row, std::string_view name) {
  T value{};
  return row[name].get(value) == simdjson::SUCCESS ? value : T{};
}

core::wall_time time_at(const dom::object& row, std::string_view name) {
  const auto text = at<std::string_view>(row, name);
  return text.empty() ? core::wall_time{} : net::ollama::parse_timestamp(text);
}

} // namespace

std::optional<logged_request> parse_log_row(std::string_view json) {
  dom::parser parser;
  dom::object row;
  if (parser.parse(json.data(), json.size()).get(row) != simdjson::SUCCESS) return std::nullopt;
  logged_request r{.id = at<std::int64_t>(row, "id"),
                   .provider = std::string{at<std::string_view>(row, "provider")},
                   .model = std::string{at<std::string_view>(row, "model")},
                   .result = std::string{at<std::string_view>(row, "result")},
                   .received = time_at(row, "received_at"),
                   .forwarded = time_at(row, "forwarded_at"),
                   .first_token = time_at(row, "first_token_at"),
                   .finished = time_at(row, "finished_at"),
                   .queue_us = at<std::int64_t>(row, "queue_us"),
                   .load_us = at<std::int64_t>(row, "load_us"),
                   .priority_when_scheduled = at<std::int64_t>(row, "priority_when_scheduled"),
                   .cold_start = at<bool>(row, "cold_start")};
  if (r.id <= 0 || r.received == core::wall_time{}) return std::nullopt;
  dom::object usage;
  if (row["usage"].get(usage) == simdjson::SUCCESS) {
    r.prompt_tokens = at<std::int64_t>(usage, "prompt_tokens");
    r.completion_tokens = at<std::int64_t>(usage, "completion_tokens");
    r.total_tokens = at<std::int64_t>(usage, "total_tokens");
  }
  if (std::int64_t depth = 0; row["queue_depth_at_arrival"].get(depth) == simdjson::SUCCESS) r.depth_at_arrival = depth;
  if (double share = 0; row["utilization_at_arrival"].get(share) == simdjson::SUCCESS) r.utilization_at_arrival = share;
  return r;
}

} // namespace logos::replay
