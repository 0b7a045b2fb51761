// SPDX-License-Identifier: MIT
#include "actors/scheduling/headroom.hpp"

#include <gtest/gtest.h>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using core::steady_time;

constexpr std::int64_t s = 1'000'000;
const steady_time start{1h};

core::quota_word word(std::int64_t limit, std::int64_t remaining, std::int64_t reset_us = -1) {
  return {limit, remaining, reset_us};
}

TEST(quota, of_which_nothing_is_said_is_not_in_the_way) {
  quota q;
  EXPECT_TRUE(q.has(1e9, start));
  q.granted(1e9, start);
  EXPECT_TRUE(q.has(1e9, start));
  q.heed(word(10, -1), start, start, false, 1, 0);
  EXPECT_FALSE(q.known());
}

TEST(quota, what_was_granted_is_gone_and_comes_back_evenly) {
  quota q;
  q.heed(word(60, 59, s), start, start, false, 1, 0);
  EXPECT_DOUBLE_EQ(q.left(start), 59);
  for (int i = 0; i < 59; ++i)
    q.granted(1, start);
  EXPECT_FALSE(q.has(1, start));
  const auto when = q.when(1, start);
  ASSERT_TRUE(when);
  EXPECT_NEAR(std::chrono::duration<double>(*when - start).count(), 1, 0.001);
  EXPECT_TRUE(q.has(1, *when));
  EXPECT_DOUBLE_EQ(q.left(start + 1h), 60) << "no more than there is";
}

TEST(quota, calls_under_way_at_the_first_word_may_not_be_in_it) {
  quota q;
  q.heed(word(60, 50, 10 * s), start, start, false, 1, 20);
  EXPECT_DOUBLE_EQ(q.left(start), 30);
}

TEST(quota, a_word_lowers_what_others_have_used) {
  quota q;
  q.heed(word(60, 59, s), start, start, false, 1, 0);
  q.granted(1, start + 10ms);
  q.heed(word(60, 20, 40 * s), start + 11ms, start + 500ms, false, 1, 0);
  EXPECT_NEAR(q.left(start + 500ms), 20.5, 0.1);
}

TEST(quota, a_word_is_not_about_what_was_granted_after_it) {
  quota q;
  q.heed(word(-1, 59), start, start, false, 1, 0);
  q.granted(1, start + 1s);
  for (int i = 0; i < 10; ++i)
    q.granted(1, start + 2s);
  q.heed(word(-1, 58), start + 1s, start + 3s, false, 1, 0);
  EXPECT_DOUBLE_EQ(q.left(start + 3s), 48);
}

TEST(quota, words_that_overtake_each_other_do_not_raise_it) {
  quota q;
  q.heed(word(-1, 100), start, start, false, 1, 0);
  for (int i = 0; i < 50; ++i)
    q.granted(1, start + 1s);
  // The first of them to be answered knows of none of the others.
  q.heed(word(-1, 99), start + 1s + 1ms, start + 1s + 5ms, false, 1, 49);
  EXPECT_DOUBLE_EQ(q.left(start + 1s + 5ms), 50);
  q.heed(word(-1, 51), start + 1s + 2ms, start + 1s + 6ms, false, 1, 48);
  EXPECT_DOUBLE_EQ(q.left(start + 1s + 6ms), 50);
  q.heed(word(-1, 70), start + 500ms, start + 1s + 7ms, false, 1, 48);
  EXPECT_DOUBLE_EQ(q.left(start + 1s + 7ms), 50) << "it is older than what is known";
}

TEST(quota, without_a_reset_only_a_word_gives_anything_back) {
  quota q;
  q.heed(word(-1, 1), start, start, false, 1, 0);
  q.granted(1, start);
  EXPECT_FALSE(q.has(1, start + 1h));
  EXPECT_FALSE(q.when(1, start + 1h));
  q.heed(word(-1, 30), start + 1h, start + 1h, false, 1, 0);
  EXPECT_DOUBLE_EQ(q.left(start + 1h), 30);
}

TEST(quota, what_is_larger_than_all_there_can_be_goes_when_all_is_there) {
  quota q;
  q.heed(word(1000, 900, s), start, start, false, 10, 0);
  EXPECT_FALSE(q.has(5000, start));
  const auto when = q.when(5000, start);
  ASSERT_TRUE(when);
  EXPECT_TRUE(q.has(5000, *when));
}

TEST(quota, whoever_refuses_what_should_be_back_counts_by_windows) {
  quota q;
  auto now = start;
  q.heed(word(20, 0, 10 * s), now, now, true, 1, 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(q.by_windows());
    now = *q.when(1, now);
    q.granted(1, now);
    now += 1ms;
    q.heed(word(20, 0, 10 * s - std::chrono::duration_cast<std::chrono::microseconds>(now - start).count()), now, now,
           true, 1, 0);
  }
  EXPECT_TRUE(q.by_windows());
  const auto when = q.when(1, now);
  ASSERT_TRUE(when);
  EXPECT_EQ(*when, start + 10s);
  EXPECT_FALSE(q.has(1, start + 9s));
  EXPECT_DOUBLE_EQ(q.left(start + 10s), 20);
}

TEST(quota, whoever_has_something_before_its_reset_is_even_again) {
  quota q;
  auto now = start;
  const auto refuse = [&] {
    q.heed(word(20, 0, 10 * s), now, now, true, 1, 0);
    now += 1s;
    q.granted(1, now);
    now += 1ms;
  };
  for (int i = 0; i < 4; ++i)
    refuse();
  ASSERT_TRUE(q.by_windows());
  q.heed(word(20, 1, 9 * s), now, now, false, 1, 0);
  EXPECT_FALSE(q.by_windows());
}

TEST(grant_history, is_exact_of_late_and_never_counts_too_little) {
  grant_history h;
  for (int i = 0; i < 5000; ++i)
    h.add(1, start + i * 7ms);
  const auto now = start + 5000 * 7ms;
  EXPECT_DOUBLE_EQ(h.since(now - 10 * 7ms), 10);
  for (int back : {20, 100, 1000, 3000, 4999}) {
    const auto counted = h.since(now - back * 7ms);
    EXPECT_GE(counted, back);
    EXPECT_LE(h.after(now - back * 7ms), back);
  }
  EXPECT_LE(h.since(now - 50 * 7ms), 60);
  EXPECT_DOUBLE_EQ(h.since(start - 1h), 5000);
  EXPECT_DOUBLE_EQ(h.since(now), 0);
}

TEST(headroom, waits_for_the_scarcer_of_two_quotas) {
  headroom room;
  core::rate_word w;
  w.requests = word(100, 50, s);
  w.tokens = word(1000, 100, 9 * s);
  w.age_us = 0;
  room.heed(w, start, false, 10, 0);
  EXPECT_TRUE(room.allows(100, start));
  EXPECT_FALSE(room.allows(200, start));
  const auto when = room.when(200, start);
  ASSERT_TRUE(when);
  EXPECT_NEAR(std::chrono::duration<double>(*when - start).count(), 1, 0.01);
  EXPECT_TRUE(room.scarce(start));
  room.exhaust(start);
  EXPECT_FALSE(room.allows(1, start));
}

} // namespace
} // namespace logos::scheduling
