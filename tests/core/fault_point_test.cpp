// SPDX-License-Identifier: MIT
#include "core/fault_point.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <set>

using namespace logos::core;

TEST(fault_point, every_name_is_there_once) {
  EXPECT_EQ(std::set<std::string_view>(fault_points.begin(), fault_points.end()).size(), fault_points.size());
}

TEST(fault_point, an_order_names_a_point_and_perhaps_the_pass) {
  const auto order = parse_fault_order("executor.begun:3");
  ASSERT_TRUE(order);
  EXPECT_EQ(fault_points[order->point], "executor.begun");
  EXPECT_EQ(order->pass, 3U);
  EXPECT_EQ(parse_fault_order("executor.begun")->pass, 1U);
  for (const auto* wrong : {"", "executor", "executor.begun:", "executor.begun:0", "executor.begun:-1",
                            "executor.begun:2x", "executor.begun 2"})
    EXPECT_FALSE(parse_fault_order(wrong)) << wrong;
}

#ifdef LOGOS_FAULT_POINTS
TEST(fault_point_death, the_process_is_killed_at_the_pass_that_was_ordered_and_not_before) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto pass = [](int times) {
    ::setenv(fault_variable.data(), "executor.begun:3", 1);
    for (int i = 0; i < times; ++i) {
      fault_point("ledger.settled");
      fault_point("executor.begun");
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(pass(2), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(pass(3), testing::KilledBySignal(SIGKILL), "");
}

TEST(fault_point_death, an_order_that_names_no_point_is_said) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto pass = [] {
    ::setenv(fault_variable.data(), "executor.begin", 1);
    fault_point("executor.begun");
    std::_Exit(0);
  };
  EXPECT_EXIT(pass(), testing::ExitedWithCode(2), "there is no such fault point");
}
#endif
