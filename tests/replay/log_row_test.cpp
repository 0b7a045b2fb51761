// SPDX-License-Identifier: MIT
#include "replay/log_row.hpp"

#include <gtest/gtest.h>

namespace logos::replay {
namespace {

TEST(log_row, what_the_books_say_is_read) {
  const auto row = parse_log_row(
      R"({"id":42,"provider":"gpu","model":"m","result":"success","received_at":"2026-01-01T12:00:00.000000Z",)"
      R"("forwarded_at":"2026-01-01T12:00:00.250000Z","first_token_at":"2026-01-01T12:00:01Z","finished_at":null,)"
      R"("queue_us":249000,"cold_start":true,"load_us":1000,"priority_when_scheduled":10,"queue_depth_at_arrival":0,)"
      R"("utilization_at_arrival":0.5,"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->id, 42);
  EXPECT_EQ(row->provider, "gpu");
  EXPECT_EQ(row->forwarded - row->received, std::chrono::milliseconds{250});
  EXPECT_EQ(row->first_token - row->received, std::chrono::seconds{1});
  EXPECT_EQ(row->finished, core::wall_time{});
  EXPECT_EQ(row->queue_us, 249000);
  EXPECT_EQ(row->completion_tokens, 4);
  EXPECT_EQ(row->depth_at_arrival, 0);
  EXPECT_EQ(row->utilization_at_arrival, 0.5);
  EXPECT_TRUE(row->cold_start);
}

TEST(log_row, an_older_gateway_leaves_columns_out) {
  const auto row = parse_log_row(R"({"id":1,"received_at":"2026-01-01T12:00:00Z","provider":null})");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->provider, "");
  EXPECT_FALSE(row->depth_at_arrival || row->utilization_at_arrival);
}

TEST(log_row, anything_else_is_nothing) {
  for (const auto* text : {"", "[]", "{}", "not JSON", R"({"id":"1"})"})
    EXPECT_FALSE(parse_log_row(text)) << text;
}

} // namespace
} // namespace logos::replay
