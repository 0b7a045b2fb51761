// SPDX-License-Identifier: MIT
#include "actors/classification/rebalancing.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

TEST(rebalancing, moves_weights_as_upstream_was_seen_to) {
  auto list = *with({}, std::nullopt, 1);
  EXPECT_EQ(list, (standings{{0, 1}}));
  list = *with(list, 1, 2);
  EXPECT_EQ(list, (standings{{-4, 1}, {4, 2}}));
  list = *with(list, 1, 3);
  EXPECT_EQ(list, (standings{{-8, 1}, {0, 3}, {8, 2}}));
  list = *with(list, std::nullopt, 4);
  EXPECT_EQ(list, (standings{{-12, 4}, {-4, 1}, {4, 3}, {12, 2}}));
  list = *with(list, 2, 5);
  EXPECT_EQ(list, (standings{{-16, 4}, {-8, 1}, {0, 3}, {8, 2}, {16, 5}}));
  list = *moved(list, 1, 6);
  EXPECT_EQ(list, (standings{{-16, 4}, {-2, 1}, {0, 3}, {8, 2}, {16, 5}}));
  list = *moved(list, 5, -20);
  EXPECT_EQ(list, (standings{{-22, 4}, {-10, 5}, {0, 1}, {2, 3}, {10, 2}}));
  list = *without(list, 3);
  EXPECT_EQ(list, (standings{{-17, 4}, {-5, 5}, {5, 1}, {7, 2}}));
}

TEST(rebalancing, knows_who_is_not_there) {
  const standings list{{-4, 1}, {4, 2}};
  EXPECT_EQ(with(list, 9, 3), std::nullopt);
  EXPECT_EQ(with(list, 1, 2), std::nullopt);
  EXPECT_EQ(without(list, 3), std::nullopt);
  EXPECT_EQ(moved(list, 3, 1), std::nullopt);
  EXPECT_EQ(without({{0, 1}}, 1), standings{});
  EXPECT_EQ(in_order({{4, 2}, {-1, 7}, {4, 1}}), (standings{{-1, 7}, {4, 1}, {4, 2}}));
}

TEST(rebalancing, the_median_stays_at_zero_and_the_models_stay_who_they_are) {
  auto list = *with({}, std::nullopt, 1);
  std::int64_t next = 2;
  std::uint64_t draw = 7;
  for (int i = 0; i < 500; ++i) {
    draw = draw * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto who = list[(draw >> 33) % list.size()].model;
    if (i % 3 == 0 && list.size() < 12)
      list = *with(list, who, next++);
    else if (i % 7 == 0 && list.size() > 2)
      list = *without(list, who);
    else
      list = *moved(list, who, static_cast<std::int64_t>(draw >> 40) % 61 - 30);
    const auto sorted = in_order(list);
    const auto n = sorted.size();
    const auto twice = sorted[(n - 1) / 2].weight + sorted[n / 2].weight;
    EXPECT_TRUE(twice == 0 || (n % 2 == 0 && twice == 1)) << twice;
  }
}

} // namespace
} // namespace logos::classification
