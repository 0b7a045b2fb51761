// SPDX-License-Identifier: MIT
#include "cluster/slices.hpp"

#include <gtest/gtest.h>

namespace logos::cluster {
namespace {

constexpr std::int64_t d = 100;

class slices_test : public ::testing::Test {
protected:
  core::manual_clock clock_;
  slices slices_;
  core::steady_time now() const { return clock_.steady(); }
};

TEST_F(slices_test, no_more_is_taken_than_was_leased) {
  EXPECT_FALSE(slices_.take(d));
  slices_.arrived(d, 2, now());
  EXPECT_TRUE(slices_.take(d));
  EXPECT_TRUE(slices_.take(d));
  EXPECT_FALSE(slices_.take(d));
  EXPECT_EQ(slices_.put_back(d, false), 0U);
  EXPECT_TRUE(slices_.take(d));
}

TEST_F(slices_test, the_owner_is_asked_once_until_it_answers_or_is_late) {
  EXPECT_GT(slices_.wanted(d, now()), 0U);
  EXPECT_EQ(slices_.wanted(d, now()), 0U);
  clock_.advance(std::chrono::milliseconds{1001});
  EXPECT_GT(slices_.wanted(d, now()), 0U);
}

TEST_F(slices_test, a_denial_puts_the_next_question_off_for_longer_each_time) {
  auto last = core::steady_time::duration::zero();
  for (int i = 0; i < 4; ++i) {
    const auto asked = now();
    slices_.arrived(d, 0, now());
    while (slices_.wanted(d, now()) == 0)
      clock_.advance(std::chrono::milliseconds{10});
    EXPECT_GT(now() - asked, last);
    last = now() - asked;
  }
}

TEST_F(slices_test, more_is_asked_for_before_the_last_place_is_taken) {
  slices_.arrived(d, 8, now());
  for (int i = 0; i < 5; ++i)
    slices_.take(d);
  EXPECT_EQ(slices_.wanted(d, now()), 0U);
  slices_.take(d);
  EXPECT_GT(slices_.wanted(d, now()), 0U);
}

TEST_F(slices_test, what_is_recalled_goes_back_at_once_or_when_it_becomes_free) {
  slices_.arrived(d, 5, now());
  slices_.take(d);
  slices_.take(d);
  EXPECT_EQ(slices_.recall(d, now()), 3U);
  EXPECT_FALSE(slices_.take(d));
  EXPECT_EQ(slices_.put_back(d, false), 1U);
  EXPECT_EQ(slices_.put_back(d, false), 1U);
  EXPECT_EQ(slices_.leased(), 0U);
}

TEST_F(slices_test, what_a_period_did_not_need_goes_back) {
  slices_.arrived(d, 16, now());
  for (int i = 0; i < 4; ++i)
    slices_.take(d);
  for (int i = 0; i < 4; ++i)
    slices_.put_back(d, false);
  const auto back = slices_.close_period();
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].second, 11U); // four and a quarter stay
  const auto rest = slices_.close_period();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].second, 5U);
  EXPECT_EQ(slices_.leased(), 0U);
  EXPECT_TRUE(slices_.close_period().empty());
}

} // namespace
} // namespace logos::cluster
