// SPDX-License-Identifier: MIT
#include "core/metrics_text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace logos::core {
namespace {

TEST(metrics_text, keeps_a_familys_samples_together_whoever_adds_them) {
  metrics_text text;
  text.counter("a_total", "All a.", 1, {{"x", "1"}});
  text.gauge("b", "Some b.", -2);
  text.counter("a_total", "All a.", 3, {{"x", "2"}});
  EXPECT_EQ(text.finish(), "# HELP a_total All a.\n# TYPE a_total counter\na_total{x=\"1\"} 1\na_total{x=\"2\"} 3\n"
                           "# HELP b Some b.\n# TYPE b gauge\nb -2\n");
}

TEST(metrics_text, escapes_labels_and_help) {
  metrics_text text;
  text.gauge("g", "back\\slash\nand line", 1, {{"name", "a\"b\\c\nd"}});
  EXPECT_EQ(text.finish(), "# HELP g back\\\\slash\\nand line\n# TYPE g gauge\ng{name=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(metrics_text, shows_microseconds_as_seconds) {
  metrics_text text;
  text.counter_seconds("t_seconds_total", "T.", 1'500'000);
  text.counter_seconds("t_seconds_total", "T.", 7, {{"x", "y"}});
  const auto all = text.finish();
  EXPECT_NE(all.find("t_seconds_total 1.5\n"), std::string::npos);
  EXPECT_NE(all.find("t_seconds_total{x=\"y\"} 0.000007\n"), std::string::npos);
}

TEST(metrics_text, adds_a_histograms_buckets_up) {
  metrics_text text;
  const std::array<std::uint64_t, 2> bounds{1000, 1'000'000};
  const std::array<std::uint64_t, 3> counts{2, 3, 1};
  text.histogram_seconds("h_seconds", "H.", bounds, counts, 4'000'000);
  EXPECT_EQ(text.finish(), "# HELP h_seconds H.\n# TYPE h_seconds histogram\nh_seconds_bucket{le=\"0.001\"} 2\n"
                           "h_seconds_bucket{le=\"1\"} 5\nh_seconds_bucket{le=\"+Inf\"} 6\nh_seconds_sum 4\n"
                           "h_seconds_count 6\n");
}

} // namespace
} // namespace logos::core
