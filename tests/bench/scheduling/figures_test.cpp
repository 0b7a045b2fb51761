// SPDX-License-Identifier: MIT
#include "bench/scheduling/figures.hpp"
#include "tests/bench/scheduling/small.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace logos::bench {
namespace {

TEST(figures, percentiles_are_interpolated) {
  EXPECT_DOUBLE_EQ(percentile({1, 2, 3, 4, 5}, 0.5), 3);
  EXPECT_DOUBLE_EQ(percentile({0, 10}, 0.95), 9.5);
  EXPECT_DOUBLE_EQ(percentile({7}, 0.95), 7);
  const auto for_ever = std::numeric_limits<double>::infinity();
  EXPECT_EQ(percentile({1, for_ever, for_ever}, 0.95), for_ever);
}

TEST(figures, a_refused_job_counts_as_waiting_for_ever_and_as_late) {
  auto w = small();
  w.keys = 2;
  for (int i = 0; i < 3; ++i)
    add(w, i, 0);
  w.jobs[0].deadline = w.jobs[1].deadline = std::chrono::seconds{5};
  w.jobs[1].key = 1;
  trace t;
  t.jobs.resize(3);
  for (job_index i = 0; i < 2; ++i) {
    const auto wait = from_seconds(i == 0 ? 4 : 9);
    t.jobs[i].first_token = w.jobs[i].arrival + wait;
    t.jobs[i].ended = w.jobs[i].arrival + from_seconds(i == 0 ? 5 : 10);
  }
  const auto f = figures_of(w, t);
  EXPECT_EQ(f.finished, 2U);
  EXPECT_EQ(f.refused, 1U);
  EXPECT_EQ(f.late, 2U);
  EXPECT_DOUBLE_EQ(f.all.p50, 9);
  EXPECT_TRUE(std::isinf(f.all.p95));
  EXPECT_DOUBLE_EQ(f.all.mean, 6.5);
  // Slowdowns of 1 and 2: (1+2)² / (2 · (1+4)).
  EXPECT_DOUBLE_EQ(f.fairness, 0.9);
}

} // namespace
} // namespace logos::bench
