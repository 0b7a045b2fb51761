// SPDX-License-Identifier: MIT
#include "replay/report.hpp"

#include <gtest/gtest.h>

namespace logos::replay {
namespace {

TEST(report, the_header_is_upstreams) {
  EXPECT_EQ(detailed_csv({}),
            "log_id,request_id,mode,priority,http_status,client_duration_ms,provider_name,model_name,ttft_ms,tpot_ms,"
            "tokens,total_latency_ms,queue_wait_ms,processing_ms,scheduler_total_ms,response_text,error\n");
}

TEST(report, what_is_not_known_is_empty_and_numbers_have_two_decimals) {
  const detail d{.request_id = "r,1", .http_status = 200, .client_duration_ms = 1234.5678, .tokens = 12};
  const auto text = detailed_csv({d});
  EXPECT_EQ(text.substr(text.find('\n') + 1), ",\"r,1\",,,200,1234.57,,,,,12,,,,,,\n");
}

TEST(report, the_summary_says_what_is_missing) {
  EXPECT_EQ(summary_csv({{"total_requests", 3, "count"}, {"error_rate", 100.0 / 3, "%"}, {"avg_tpot", {}, "ms/token"}}),
            "metric,value,unit\ntotal_requests,3,count\nerror_rate,33.33,%\navg_tpot,N/A,ms/token\n");
}

TEST(report, what_was_written_is_read_again) {
  const detail d{.log_id = "9",
                 .request_id = "r",
                 .http_status = 503,
                 .client_duration_ms = 1.5,
                 .ttft_ms = 2.25,
                 .total_latency_ms = 3,
                 .response_text = "two\nlines, \"quoted\"",
                 .error = "none"};
  const auto rows = read_detailed(detailed_csv({d, {}}));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->front().http_status, 503);
  EXPECT_EQ(rows->front().ttft_ms, 2.25);
  EXPECT_EQ(rows->front().response_text, d.response_text);
  EXPECT_FALSE(rows->front().tokens);
  const auto metrics = read_summary(summary_csv({{"a", 1.5, "ms"}, {"b", {}, "ms"}}));
  ASSERT_TRUE(metrics) << metrics.error().message;
  EXPECT_EQ(metrics->front().value, 1.5);
  EXPECT_FALSE(metrics->back().value);
  EXPECT_FALSE(read_summary("a,b\n1,2\n"));
  EXPECT_FALSE(read_detailed(""));
}

TEST(report, the_stem_has_no_csv) {
  EXPECT_EQ(stem_of("a/b.csv"), "a/b");
  EXPECT_EQ(stem_of("a/b"), "a/b");
  EXPECT_EQ(stem_of("a.csv.csv"), "a.csv");
}

} // namespace
} // namespace logos::replay
