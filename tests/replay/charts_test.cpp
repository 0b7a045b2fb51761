// SPDX-License-Identifier: MIT
#include "replay/charts.hpp"

#include <gtest/gtest.h>

namespace logos::replay {
namespace {

std::vector<detail> rows(std::size_t count) {
  std::vector<detail> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({.request_id = "it's " + std::to_string(i),
                   .http_status = i % 7 == 3 ? 503 : 200,
                   .client_duration_ms = 100.0 + static_cast<double>(i),
                   .ttft_ms = 50,
                   .total_latency_ms = 100.0 + static_cast<double>(i),
                   .queue_wait_ms = 20,
                   .processing_ms = 80.0 + static_cast<double>(i),
                   .scheduler_total_ms = 100.0 + static_cast<double>(i)});
  return all;
}

TEST(charts, names_stand_below_the_bars_only_while_they_fit) {
  for (const auto& c : charts_of(rows(10), {.title = "w"}))
    if (c.name != "_cumulative_success") {
      EXPECT_NE(c.script.find("'it''s 0'"), std::string::npos) << c.name;
    }
  for (const auto& c : charts_of(rows(600), {.title = "w"}))
    EXPECT_EQ(c.script.find("it''s"), std::string::npos) << c.name;
}

TEST(charts, there_is_one_for_each_ending) {
  const auto all = charts_of(rows(3), {.title = "w"});
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].name, "");
  EXPECT_EQ(all[1].name, "_client_duration");
  EXPECT_EQ(all[2].name, "_queue_processing");
  EXPECT_EQ(all[3].name, "_cumulative_success");
}

TEST(charts, what_was_not_measured_is_said) {
  const std::vector<detail> blind{{.request_id = "r", .http_status = 200, .client_duration_ms = 5}};
  const auto all = charts_of(blind, {.title = "w"});
  EXPECT_NE(all[0].script.find("nothing was measured"), std::string::npos);
  EXPECT_NE(all[2].script.find("nothing was measured"), std::string::npos);
  EXPECT_EQ(all[1].script.find("nothing was measured"), std::string::npos);
}

TEST(charts, text_cannot_leave_its_quotes) { EXPECT_EQ(gnuplot_text("a'; system 'x\n"), "'a''; system ''x '"); }

} // namespace
} // namespace logos::replay
