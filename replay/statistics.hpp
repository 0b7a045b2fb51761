// SPDX-License-Identifier: MIT
#pragma once
#include "replay/outcome.hpp"
#include "replay/workload.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// What is made of the outcomes of a replay. Pure; any thread.
namespace logos::replay {

/// A row of the detailed file. Times in milliseconds; what is not known is empty, a status of 0 is none.
struct detail {
  std::string log_id{};
  std::string request_id{};
  std::string mode{};
  std::string priority{};
  int http_status = 0;
  std::optional<double> client_duration_ms{};
  std::string provider_name{};
  std::string model_name{};
  std::optional<double> ttft_ms{};          // from the gateway's log: first token - request; none of errors
  std::optional<double> tpot_ms{};          // (latency - ttft) / (tokens - 1), of more than one token
  std::optional<double> tokens{};           // of the answer
  std::optional<double> total_latency_ms{}; // response - request
  std::optional<double> queue_wait_ms{};
  std::optional<double> processing_ms{};      // response - forwarding
  std::optional<double> scheduler_total_ms{}; // queue wait + processing
  std::string response_text{};
  std::string error{};

  bool succeeded() const { return http_status > 0 && http_status < 400 && error.empty(); }
};

detail detail_of(const planned_request& planned, const outcome& seen);

/// A row of the summary. No value: nothing was measured.
struct metric {
  std::string name{};
  std::optional<double> value{};
  std::string unit{};
};

/// By linear interpolation between the two nearest of `sorted`, which is not empty; `percent` 0 to 100.
double percentile(const std::vector<double>& sorted, double percent);

/// Counts, rates, and avg, p50, p95 and p99 of each measure.
std::vector<metric> summarize(const std::vector<detail>& rows, double latency_slo_ms);

/// The values of a measure that are there, sorted.
std::vector<double> sorted_values(const std::vector<detail>& rows, std::optional<double> detail::*of);

} // namespace logos::replay
