// SPDX-License-Identifier: MIT
#include "storage/sql/periods.hpp"

#include <gtest/gtest.h>

#include <random>

namespace logos::storage::sql {
namespace {

using core::wall_time;
using namespace std::chrono;

constexpr wall_time first_day{sys_days{year{2026} / 1 / 1}};

std::chrono::hours length(const range& r) { return duration_cast<std::chrono::hours>(r.to - r.from); }

/// How often an hour is counted by these parts.
int counted(const parts& in, wall_time hour) {
  const auto has = [&](const range& r) { return r.from <= hour && hour < r.to ? 1 : 0; };
  return has(in.whole) + has(in.more[0]) + has(in.more[1]) - has(in.less[0]) - has(in.less[1]);
}

TEST(parts_of, count_each_hour_of_the_range_once_and_no_other) {
  std::mt19937 random{7};
  const auto some = [&] { return first_day + hours{std::uniform_int_distribution{0, 24 * 100}(random)}; };
  for (int i = 0; i < 300; ++i) {
    const auto a = some(), b = some();
    const range asked{std::min(a, b), std::max(a, b)};
    for (const auto step : {grain::day, grain::pentad, grain::month}) {
      const auto made = parts_of(asked, step);
      const auto is_edge = [&](wall_time t) { return floor(t, step) == t; };
      EXPECT_TRUE(made.whole.from == made.whole.to || (is_edge(made.whole.from) && is_edge(made.whole.to)));
      for (auto hour = first_day - days{40}; hour < first_day + days{150}; hour += hours{7})
        ASSERT_EQ(counted(made, hour), asked.from <= hour && hour < asked.to ? 1 : 0);
    }
  }
}

TEST(parts_of, take_away_what_is_less_than_what_is_asked_for) {
  const auto made = parts_of({first_day + days{1}, first_day + days{30}}, grain::month);
  EXPECT_EQ(made.whole.from, first_day);
  EXPECT_EQ(made.whole.to, wall_time{sys_days{year{2026} / 2 / 1}});
  EXPECT_EQ(length(made.less[0]), hours{24});
  EXPECT_EQ(length(made.less[1]), hours{24});
  EXPECT_EQ(length(made.more[0]) + length(made.more[1]), hours{0});
}

TEST(parts_of, read_no_more_in_finer_periods_than_half_of_one_at_each_end) {
  for (int from = 0; from < 24 * 60; from += 5)
    for (int long_ = 24; long_ < 24 * 90; long_ += 37) {
      const auto made = parts_of({first_day + hours{from}, first_day + hours{from + long_}}, grain::day);
      std::chrono::hours read{0};
      for (const auto& each : {made.more[0], made.more[1], made.less[0], made.less[1]})
        read += length(each);
      ASSERT_LE(read, hours{24});
    }
}

} // namespace
} // namespace logos::storage::sql
