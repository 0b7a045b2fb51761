// SPDX-License-Identifier: MIT
#include "replay/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace logos::replay {
namespace {

std::optional<double> between(core::wall_time from, core::wall_time to) {
  if (from == core::wall_time{} || to == core::wall_time{}) return std::nullopt;
  return std::chrono::duration<double, std::milli>{to - from}.count();
}

struct measure {
  const char* name;
  std::optional<double> detail::*of;
  const char* unit;
};

constexpr std::array<measure, 6> measures{{{"ttft", &detail::ttft_ms, "ms"},
                                           {"total_latency", &detail::total_latency_ms, "ms"},
                                           {"queue_wait", &detail::queue_wait_ms, "ms"},
                                           {"processing", &detail::processing_ms, "ms"},
                                           {"scheduler_total", &detail::scheduler_total_ms, "ms"},
                                           {"tpot", &detail::tpot_ms, "ms/token"}}};

} // namespace

detail detail_of(const planned_request& planned, const outcome& seen) {
  detail d{.request_id = planned.id,
           .mode = std::string{core::to_string(planned.mode)},
           .priority = std::string{priority_word(planned.priority)},
           .http_status = seen.status,
           .client_duration_ms = std::chrono::duration<double, std::milli>{seen.took}.count(),
           .response_text = seen.text,
           .error = seen.error};
  if (!seen.logged) return d;
  const auto& log = *seen.logged;
  d.log_id = std::to_string(log.id);
  d.provider_name = log.provider;
  d.model_name = log.model;
  if (seen.status < 400) d.ttft_ms = between(log.received, log.first_token); // an error's first byte is no token
  d.total_latency_ms = between(log.received, log.finished);
  d.queue_wait_ms = static_cast<double>(log.queue_us) / 1000;
  d.processing_ms = between(log.forwarded, log.finished);
  if (d.processing_ms) d.scheduler_total_ms = *d.queue_wait_ms + *d.processing_ms;
  if (log.completion_tokens > 0) d.tokens = static_cast<double>(log.completion_tokens);
  if (log.completion_tokens > 1 && d.ttft_ms && d.total_latency_ms)
    d.tpot_ms = (*d.total_latency_ms - *d.ttft_ms) / (*d.tokens - 1);
  return d;
}

double percentile(const std::vector<double>& sorted, double percent) {
  const auto rank = percent / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(rank));
  const auto above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], rank - static_cast<double>(below));
}

std::vector<double> sorted_values(const std::vector<detail>& rows, std::optional<double> detail::*of) {
  std::vector<double> values;
  for (const auto& row : rows)
    if (row.*of) values.push_back(*(row.*of));
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<metric> summarize(const std::vector<detail>& rows, double latency_slo_ms) {
  const auto total = static_cast<double>(rows.size());
  const auto good =
      static_cast<double>(std::count_if(rows.begin(), rows.end(), [](const auto& r) { return r.succeeded(); }));
  const auto share = [](double part, double of) { return of > 0 ? std::optional{100 * part / of} : std::nullopt; };
  const auto latencies = sorted_values(rows, &detail::total_latency_ms);
  const auto in_time = std::upper_bound(latencies.begin(), latencies.end(), latency_slo_ms) - latencies.begin();
  std::vector<metric> all{
      {"total_requests", total, "count"},
      {"successful_requests", good, "count"},
      {"failed_requests", total - good, "count"},
      {"error_rate", share(total - good, total), "%"},
      {"slo_attainment_rate", share(static_cast<double>(in_time), static_cast<double>(latencies.size())), "%"}};
  for (const auto& m : measures) {
    const auto values = sorted_values(rows, m.of);
    const auto add = [&](const char* prefix, auto value) {
      all.push_back(
          {std::string{prefix} + m.name, values.empty() ? std::nullopt : std::optional<double>{value()}, m.unit});
    };
    add("avg_",
        [&] { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); });
    add("p50_", [&] { return percentile(values, 50); });
    add("p95_", [&] { return percentile(values, 95); });
    add("p99_", [&] { return percentile(values, 99); });
  }
  return all;
}

} // namespace logos::replay
