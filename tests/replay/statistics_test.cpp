// SPDX-License-Identifier: MIT
#include "replay/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace logos::replay {
namespace {

using std::chrono::milliseconds;

const core::wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1} + std::chrono::hours{12}};

outcome served(milliseconds forwarded, milliseconds first, milliseconds end, std::int64_t tokens) {
  outcome o{.sent = true, .took = end + milliseconds{2}, .status = 200, .text = "hi"};
  o.logged = logged_request{.id = 7,
                            .provider = "gpu",
                            .model = "m",
                            .received = noon,
                            .forwarded = noon + forwarded,
                            .first_token = noon + first,
                            .finished = noon + end,
                            .queue_us = std::chrono::microseconds{forwarded}.count() - 500,
                            .completion_tokens = tokens};
  return o;
}

double value_of(const std::vector<metric>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& m) { return m.name == name; });
  return found == all.end() ? -1 : found->value.value_or(-2);
}

TEST(statistics, percentiles_lie_on_the_line_between_two_values) {
  EXPECT_DOUBLE_EQ(percentile({3}, 99), 3);
  EXPECT_DOUBLE_EQ(percentile({1, 2, 3, 4}, 50), 2.5);
  EXPECT_DOUBLE_EQ(percentile({0, 10, 20}, 95), 19);
  EXPECT_DOUBLE_EQ(percentile({0, 10, 20}, 100), 20);
  EXPECT_DOUBLE_EQ(percentile({0, 10, 20}, 0), 0);
}

TEST(statistics, a_row_is_made_of_the_gateways_times) {
  const auto d =
      detail_of({.id = "r", .priority = 10}, served(milliseconds{100}, milliseconds{300}, milliseconds{1300}, 11));
  EXPECT_EQ(d.log_id, "7");
  EXPECT_EQ(d.priority, "high");
  EXPECT_DOUBLE_EQ(d.client_duration_ms.value(), 1302);
  EXPECT_DOUBLE_EQ(d.ttft_ms.value(), 300);
  EXPECT_DOUBLE_EQ(d.total_latency_ms.value(), 1300);
  EXPECT_DOUBLE_EQ(d.tpot_ms.value(), 100);
  EXPECT_DOUBLE_EQ(d.queue_wait_ms.value(), 99.5);
  EXPECT_DOUBLE_EQ(d.processing_ms.value(), 1200);
  EXPECT_DOUBLE_EQ(d.scheduler_total_ms.value(), 1299.5);
}

TEST(statistics, the_first_byte_of_an_error_is_no_token) {
  auto refused = served(milliseconds{1}, milliseconds{2}, milliseconds{3}, 0);
  refused.status = 503;
  const auto d = detail_of({}, refused);
  EXPECT_FALSE(d.ttft_ms);
  EXPECT_DOUBLE_EQ(d.total_latency_ms.value(), 3);
}

TEST(statistics, one_token_has_no_time_per_token_and_no_log_no_times) {
  EXPECT_FALSE(detail_of({}, served(milliseconds{1}, milliseconds{2}, milliseconds{3}, 1)).tpot_ms);
  const auto d = detail_of({}, {.sent = true, .took = milliseconds{5}, .error = "gone"});
  EXPECT_FALSE(d.ttft_ms || d.total_latency_ms || d.queue_wait_ms || d.tokens);
  EXPECT_DOUBLE_EQ(d.client_duration_ms.value(), 5);
  EXPECT_FALSE(d.succeeded());
}

TEST(statistics, the_summary_counts_and_rates) {
  std::vector<detail> rows;
  for (const int ms : {1000, 2000, 3000})
    rows.push_back(detail_of({}, served(milliseconds{100}, milliseconds{ms / 2}, milliseconds{ms}, 11)));
  rows.push_back(detail_of({}, {.sent = true, .status = 503, .error = "no provider"}));
  const auto all = summarize(rows, 2000);
  ASSERT_EQ(all.size(), 5 + 6 * 4U);
  EXPECT_EQ(value_of(all, "total_requests"), 4);
  EXPECT_EQ(value_of(all, "successful_requests"), 3);
  EXPECT_EQ(value_of(all, "failed_requests"), 1);
  EXPECT_DOUBLE_EQ(value_of(all, "error_rate"), 25);
  EXPECT_NEAR(value_of(all, "slo_attainment_rate"), 66.6667, 0.001); // of the three that are in the log
  EXPECT_DOUBLE_EQ(value_of(all, "avg_ttft"), 1000);
  EXPECT_DOUBLE_EQ(value_of(all, "p50_total_latency"), 2000);
  EXPECT_DOUBLE_EQ(value_of(all, "p95_total_latency"), 2900);
  EXPECT_EQ(all.back().unit, "ms/token");
}

TEST(statistics, what_was_not_measured_has_no_value) {
  const auto all = summarize({}, 100);
  EXPECT_EQ(value_of(all, "total_requests"), 0);
  EXPECT_EQ(value_of(all, "error_rate"), -2);
  EXPECT_EQ(value_of(all, "p99_tpot"), -2);
}

} // namespace
} // namespace logos::replay
