// SPDX-License-Identifier: MIT
#include "actors/scheduling/crowding.hpp"

#include <gtest/gtest.h>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using cause = crowding_verdict::cause;

class crowding_test : public testing::Test {
protected:
  /// A second after the look before.
  crowding_verdict look(load_figures seen, std::uint32_t ours) {
    now_ += 1s;
    const auto v = crowding_.judge(seen, ours, now_);
    EXPECT_TRUE(v);
    return v.value_or(crowding_verdict{});
  }
  core::steady_time now_{1h};
  crowding crowding_;
};

TEST_F(crowding_test, what_waits_at_two_looks_in_a_row_is_too_many) {
  EXPECT_EQ(look({.running = 20, .waiting = 44}, 64).too_many, 0U) << "a burst waits until it is taken in";
  const auto v = look({.running = 20, .waiting = 30}, 50);
  EXPECT_EQ(v.too_many, 30U);
  EXPECT_EQ(v.why, cause::waiting);
  EXPECT_FALSE(v.clear);
  EXPECT_EQ(look({.running = 20, .waiting = 0}, 20).too_many, 0U);
}

TEST_F(crowding_test, of_two_looks_the_less_counts) {
  look({.running = 20, .waiting = 3}, 23);
  EXPECT_EQ(look({.running = 20, .waiting = 40}, 60).too_many, 3U);
}

TEST_F(crowding_test, what_others_have_sent_is_theirs) {
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(look({.running = 40, .waiting = 20}, 10).too_many, 0U) << "fifty are others'";
  for (int i = 0; i < 2; ++i)
    look({.running = 40, .waiting = 20}, 45);
  EXPECT_EQ(look({.running = 40, .waiting = 20}, 45).too_many, 5U) << "so many of ours wait at least";
  EXPECT_EQ(look({.running = 40, .waiting = 20}, 0).too_many, 0U);
}

TEST_F(crowding_test, what_waits_while_less_runs_than_did_lately_does_not_wait_for_room) {
  look({.running = 32, .waiting = 32}, 64);
  EXPECT_EQ(look({.running = 32, .waiting = 32}, 64).too_many, 32U);
  // Short calls wait for the next step of the batch, half of them however few they are.
  for (int i = 0; i < 4; ++i) {
    const auto v = look({.running = 16, .waiting = 16}, 32);
    EXPECT_EQ(v.too_many, 0U);
    EXPECT_TRUE(v.clear) << "it has run twice as many";
  }
}

TEST_F(crowding_test, where_the_cache_is_nearly_full_a_part_is_too_many) {
  look({.running = 40, .waiting = 0, .kv_used_permille = 970}, 40);
  const auto v = look({.running = 40, .waiting = 0, .kv_used_permille = 970}, 40);
  EXPECT_EQ(v.too_many, 5U);
  EXPECT_EQ(v.why, cause::cache);
  EXPECT_FALSE(look({.running = 40, .waiting = 0, .kv_used_permille = 960}, 35).clear);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(look({.running = 40, .waiting = 0, .kv_used_permille = 990}, 5).too_many, 0U) << "others fill it";
  EXPECT_TRUE(look({.running = 40, .waiting = 0, .kv_used_permille = 900}, 35).clear);
}

TEST_F(crowding_test, a_full_cache_of_a_server_with_slots_says_nothing) {
  for (int i = 0; i < 4; ++i) {
    const auto v = look({.running = 4, .waiting = 0, .kv_used_permille = 1000, .has_slots = true}, 4);
    EXPECT_EQ(v.too_many, 0U);
    EXPECT_TRUE(v.clear);
  }
}

TEST_F(crowding_test, a_full_cache_explains_that_less_runs_than_did) {
  look({.running = 60, .waiting = 0, .kv_used_permille = 400}, 60);
  look({.running = 20, .waiting = 40, .kv_used_permille = 980}, 60);
  EXPECT_EQ(look({.running = 20, .waiting = 40, .kv_used_permille = 980}, 60).too_many, 40U);
}

TEST_F(crowding_test, what_was_seen_long_ago_has_no_say) {
  look({.running = 20, .waiting = 44}, 64);
  const auto v = look({.running = 20, .waiting = 44}, 64);
  EXPECT_EQ(v.too_many, 44U);
  EXPECT_EQ(v.fresh_until, now_ + 3s) << "three looks";
  now_ += 1min;
  EXPECT_EQ(look({.running = 20, .waiting = 44}, 64).too_many, 0U) << "it is the first look again";
}

TEST_F(crowding_test, who_says_nothing_of_what_waits_is_not_judged) {
  EXPECT_FALSE(crowding_.judge({.running = 7}, 64, now_));
  EXPECT_FALSE(crowding_.judge({}, 64, now_));
}

} // namespace
} // namespace logos::scheduling
