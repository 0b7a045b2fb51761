// SPDX-License-Identifier: MIT
#include "actors/scheduling/expectation.hpp"

#include <gtest/gtest.h>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

TEST(expected_wait, is_nothing_where_a_place_is_free_for_the_ticket) {
  EXPECT_EQ(expected_wait({.ahead = 0, .in_use = 1, .places = 2, .each = 4s}), microseconds{0});
  EXPECT_EQ(expected_wait({.ahead = 7, .in_use = 100, .places = 0, .each = 4s}), microseconds{0}) << "no limit";
  EXPECT_EQ(expected_wait({.ahead = 0, .in_use = 0, .places = 1, .each = 0us}), microseconds{0});
}

TEST(expected_wait, is_what_those_before_it_take_with_all_places_abreast) {
  EXPECT_EQ(expected_wait({.ahead = 0, .in_use = 1, .places = 1, .each = 4s}), 4s);
  EXPECT_EQ(expected_wait({.ahead = 3, .in_use = 1, .places = 1, .each = 4s}), 16s);
  EXPECT_EQ(expected_wait({.ahead = 3, .in_use = 4, .places = 4, .each = 4s}), 4s);
  EXPECT_EQ(expected_wait({.ahead = 3, .in_use = 0, .places = 2, .each = 4s}), 4s) << "two of them begin at once";
}

TEST(expected_wait, is_not_known_while_nothing_is_known_of_calls) {
  EXPECT_EQ(expected_wait({.ahead = 0, .in_use = 1, .places = 1, .each = 0us}), std::nullopt);
}

TEST(expected_wait, stays_within_its_type) {
  EXPECT_GT(expected_wait({.ahead = SIZE_MAX, .in_use = 1, .places = 1, .each = 10000h}), microseconds{0});
}

} // namespace
} // namespace logos::scheduling
