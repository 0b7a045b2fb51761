// SPDX-License-Identifier: MIT
#include "core/time.hpp"

#include <gtest/gtest.h>

namespace logos::core {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

TEST(time, is_written_with_all_its_digits) {
  const wall_time t{sys_days{2026y / February / 3} + 4h + 5min + 6s + 7us};
  EXPECT_EQ(to_sql(t), "2026-02-03 04:05:06.000007+00");
  EXPECT_EQ(to_iso8601(t), "2026-02-03T04:05:06.000007Z");
}

TEST(time, in_any_order_each_has_its_own_text) {
  const wall_time midnight{sys_days{2027y / January / 1}};
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(to_sql(midnight), "2027-01-01 00:00:00.000000+00");
    EXPECT_EQ(to_iso8601(midnight + 999'999us), "2027-01-01T00:00:00.999999Z");
    EXPECT_EQ(to_sql(midnight + 1s), "2027-01-01 00:00:01.000000+00");
    EXPECT_EQ(to_sql(midnight - 1us), "2026-12-31 23:59:59.999999+00");
    EXPECT_EQ(to_sql(wall_time{-1us}), "1969-12-31 23:59:59.999999+00");
    EXPECT_EQ(to_sql(wall_time{}), "1970-01-01 00:00:00.000000+00");
  }
}

} // namespace
} // namespace logos::core
