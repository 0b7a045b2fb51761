// SPDX-License-Identifier: MIT
#include "actors/ingress/preference.hpp"

#include <gtest/gtest.h>

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;
using order = std::vector<std::size_t>;

prospect idle(std::chrono::microseconds first_token = 400ms) {
  prospect p;
  p.known = true;
  p.first_token = first_token;
  return p;
}
prospect cold(std::chrono::microseconds load) {
  auto p = idle();
  p.load = load;
  return p;
}
prospect busy(std::chrono::microseconds wait) {
  auto p = idle();
  p.wait = wait;
  p.busy = 1;
  return p;
}
order indices(const std::vector<turn>& of) {
  order out;
  for (const auto& t : of)
    out.push_back(t.index);
  return out;
}

TEST(preference, the_first_token_that_is_expected_soonest_is_asked_for_first_and_the_others_by_what_they_are_worse) {
  const auto got = rank(std::vector{idle(2s), idle(400ms), idle(900ms)});
  EXPECT_EQ(indices(got), (order{1, 2, 0}));
  EXPECT_EQ(got[0].defer, 0us);
  EXPECT_EQ(got[1].defer, 500ms);
  EXPECT_EQ(got[2].defer, 1600ms);
}

TEST(preference, nothing_is_loaded_for_who_is_served_sooner_elsewhere) {
  const auto got = rank(std::vector{cold(20s), busy(3s)});
  EXPECT_EQ(indices(got), (order{1, 0}));
  EXPECT_EQ(got[1].defer, 17s) << "should the other keep it waiting, it is loaded after all";
}

TEST(preference, a_load_that_ends_before_the_queue_does_is_chosen) {
  EXPECT_EQ(indices(rank(std::vector{busy(60s), cold(20s)})), (order{1, 0}));
}

TEST(preference, whoever_could_serve_at_once_is_not_made_to_wait_for_one_that_cannot) {
  auto slow = idle(10s);
  const auto got = rank(std::vector{busy(1s), slow});
  EXPECT_EQ(got[0].index, 0u);
  EXPECT_EQ(got[1].defer, 0us);
}

TEST(preference, of_those_that_are_as_good_the_cheapest_is_first) {
  auto local = idle(450ms), cloud = idle(400ms);
  cloud.price = 7;
  EXPECT_EQ(indices(rank(std::vector{cloud, local})), (order{1, 0}));
  local.first_token = 900ms;
  EXPECT_EQ(indices(rank(std::vector{cloud, local})), (order{0, 1})) << "not for twice the time";
  EXPECT_EQ(indices(rank(std::vector{cloud, local}, {.tolerance = 4})), (order{1, 0})) << "unless the policy says so";
}

TEST(preference, at_low_load_the_least_busy_serves_and_at_high_load_the_one_that_knows_the_beginning) {
  auto known = idle(), other = idle();
  known.familiar = true;
  known.busy = 0.25;
  EXPECT_EQ(indices(rank(std::vector{known, other})), (order{1, 0}));
  other.busy = 0.2;
  EXPECT_EQ(indices(rank(std::vector{known, other})), (order{0, 1}));
  other.busy = known.busy = 0;
  EXPECT_EQ(indices(rank(std::vector{other, known})), (order{1, 0}));
}

TEST(preference, one_that_fails_often_is_worse_than_one_that_is_a_little_slower) {
  auto flaky = idle(400ms);
  flaky.failed_permille = 500;
  EXPECT_EQ(indices(rank(std::vector{flaky, idle(700ms)})), (order{1, 0}));
}

TEST(preference, one_that_nothing_is_known_of_is_tried) {
  prospect unknown;
  const auto got = rank(std::vector{idle(1s), unknown});
  EXPECT_LE(got[1].defer, 50ms);
  EXPECT_EQ(got.size(), 2u);
}

TEST(preference, one_that_is_closed_comes_last) {
  auto closed = idle(1ms);
  closed.open = false;
  const auto got = rank(std::vector{closed, cold(30s)});
  EXPECT_EQ(indices(got), (order{1, 0}));
}

TEST(preference, nobody_is_left_out_and_the_first_is_never_deferred) {
  EXPECT_TRUE(rank({}).empty());
  const auto got = rank(std::vector{busy(1s), busy(2s), cold(3s), prospect{}});
  EXPECT_EQ(got.size(), 4u);
  EXPECT_EQ(got[0].defer, 0us);
}

} // namespace
} // namespace logos::ingress
