// SPDX-License-Identifier: MIT
#include "actors/embedding/setback.hpp"
#include "actors/embedding/shelf.hpp"

#include <gtest/gtest.h>

namespace logos::embedding {
namespace {

using namespace std::chrono_literals;

core::uuid key(std::uint64_t n) { return core::uuid::from_halves(1, n); }

TEST(recent_gists, of_too_many_the_one_goes_that_was_used_longest_ago) {
  recent_gists r;
  const auto some = classification::gist_of({1});
  for (std::uint64_t n = 1; n <= 3; ++n)
    r.keep(key(n), some, 3);
  EXPECT_TRUE(r.find(key(1)));
  r.keep(key(4), some, 3);
  EXPECT_EQ(r.size(), 3U);
  EXPECT_TRUE(r.find(key(1)));
  EXPECT_FALSE(r.find(key(2)));
  r.keep(key(4), classification::gist_of({2, 0}), 1);
  EXPECT_EQ(r.size(), 1U) << "the operator wants less now";
  EXPECT_EQ(r.find(key(4))->size(), 2U);
}

TEST(shelf, tells_whether_an_order_is_another_one) {
  shelf s;
  const auto texts = std::make_shared<const classification::known_texts>();
  EXPECT_TRUE(s.order({texts, "reader", 7, 1}));
  EXPECT_FALSE(s.order({texts, "reader", 7, 1}));
  EXPECT_TRUE(s.order({texts, "reader", 8, 1}));
  EXPECT_TRUE(s.order({}));
}

TEST(setback, doubles_from_a_second_to_a_minute_and_ends_with_a_success) {
  setback s;
  core::steady_time now{1h};
  EXPECT_TRUE(s.may_begin(now));
  for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    s.failed(now, now);
    EXPECT_EQ(s.pause(), pause);
    EXPECT_FALSE(s.may_begin(now + pause - 1us));
    now += pause;
    EXPECT_TRUE(s.may_begin(now));
  }
  s.succeeded(now);
  EXPECT_EQ(s.pause(), 0s);
  s.failed(now, now);
  EXPECT_EQ(s.pause(), 1s);
}

TEST(setback, what_was_begun_before_a_failure_was_known_counts_no_more) {
  setback s;
  const core::steady_time now{1h};
  s.failed(now, now + 10ms);
  s.failed(now + 5ms, now + 20ms);
  EXPECT_EQ(s.pause(), 1s) << "they failed of the same";
  s.succeeded(now + 5ms);
  EXPECT_EQ(s.pause(), 1s);
}

} // namespace
} // namespace logos::embedding
