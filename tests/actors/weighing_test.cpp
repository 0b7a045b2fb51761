// SPDX-License-Identifier: MIT
#include "actors/weighing.hpp"

#include <gtest/gtest.h>

namespace logos::actors {
namespace {

weighing two() {
  weighing w;
  w.equal_up_to_us = 375;
  w.of.push_back({7, 300, 100, 50, 150, 0, 12, 3, 250, true, true, true});
  w.of.push_back({9, 60'000'000, 0, 0, 0, 59'999'700, 0, 0, 1000, false, false, false});
  return w;
}

TEST(weighing_test, comes_back_from_the_books_as_it_went_there) {
  const auto kept = with_weighing("failover; attempts=2", two());
  const auto back = read_weighing(kept);
  EXPECT_EQ(with_weighing({}, back), with_weighing({}, two()));
  ASSERT_EQ(back.of.size(), 2U);
  EXPECT_EQ(back.of[0].price_nano, 12);
  EXPECT_TRUE(back.of[0].familiar);
  EXPECT_FALSE(back.of[1].open);
  EXPECT_TRUE(back.as_good(back.of[0]));
  EXPECT_FALSE(back.as_good(back.of[1]));
  EXPECT_EQ(without_weighing(kept), "failover; attempts=2");
}

TEST(weighing_test, a_request_that_never_had_a_place_has_one_too) {
  const auto kept = with_weighing({}, two());
  EXPECT_EQ(read_weighing(kept).of.size(), 2U);
  EXPECT_EQ(without_weighing(kept), "");
}

TEST(weighing_test, what_was_cut_off_is_left_out_and_nothing_else_is_read) {
  const auto kept = with_weighing("named", two());
  for (std::size_t n = 0; n <= kept.size(); ++n) {
    const auto back = read_weighing(std::string_view{kept}.substr(0, n));
    EXPECT_LE(back.of.size(), n == kept.size() ? 2U : 1U) << n;
    for (const auto& a : back.of)
      EXPECT_TRUE(a.deployment_id == 7 || a.deployment_id == 9);
  }
  EXPECT_TRUE(read_weighing("named; candidates=2").of.empty());
  EXPECT_TRUE(read_weighing("named; weighed=no:numbers,").of.empty());
  EXPECT_EQ(with_weighing("only", {}), "only");
}

TEST(weighing_test, of_dozens_the_first_eight_are_kept) {
  weighing w;
  for (std::int64_t id = 1; id <= 40; ++id)
    w.of.push_back({id});
  const auto back = read_weighing(with_weighing("named", w));
  ASSERT_EQ(back.of.size(), 8U);
  EXPECT_EQ(back.of.back().deployment_id, 8);
}

} // namespace
} // namespace logos::actors
