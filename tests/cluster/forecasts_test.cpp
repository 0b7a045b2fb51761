// SPDX-License-Identifier: MIT
#include "cluster/forecasts.hpp"

#include <gtest/gtest.h>

namespace logos::cluster {
namespace {

TEST(forecasts, what_one_node_shows_its_peers_know_and_do_not_pass_on) {
  scheduling::outlooks one, other;
  const auto o = one.of(5);
  o->here = o->open = true;
  o->warm = false;
  o->places = 4;
  o->taken = 3;
  o->waiting = 2;
  o->load_us = 9'000'000;
  o->service_us = 1'000'000;
  o->first_token_us = 300'000;
  o->failed_permille = 20;
  o->prompt_token_ns = 1'500;
  const auto said = own_forecasts(one);
  ASSERT_EQ(said.size(), 1U);
  adopt(other, said);
  const auto known = other.find(5);
  ASSERT_NE(known, nullptr);
  EXPECT_TRUE(known->open);
  EXPECT_FALSE(known->warm);
  EXPECT_EQ(known->places, 4U);
  EXPECT_EQ(known->taken, 3U);
  EXPECT_EQ(known->waiting, 2U);
  EXPECT_EQ(known->load_us, 9'000'000);
  EXPECT_EQ(known->service_us, 1'000'000);
  EXPECT_EQ(known->first_token_us, 300'000);
  EXPECT_EQ(known->failed_permille, 20U);
  EXPECT_EQ(known->prompt_token_ns, 1'500);
  EXPECT_TRUE(own_forecasts(other).empty());
}

TEST(forecasts, what_a_scheduler_of_this_node_says_stands) {
  scheduling::outlooks mine;
  mine.of(5)->here = true;
  adopt(mine, {{.deployment_id = 5, .open = true, .taken = 9}});
  EXPECT_FALSE(mine.find(5)->open);
  EXPECT_EQ(mine.find(5)->taken, 0U);
}

} // namespace
} // namespace logos::cluster
