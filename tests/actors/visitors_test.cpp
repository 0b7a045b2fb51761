// SPDX-License-Identifier: MIT
#include "actors/execution/visitors.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace logos::execution {
namespace {

TEST(visitors, of_one_address_are_bounded_and_those_of_others_are_not_kept_out) {
  const auto all = std::make_shared<visitors>(2);
  const auto first = all->admit("10.0.0.1");
  auto second = all->admit("10.0.0.1");
  EXPECT_NE(first, nullptr);
  EXPECT_NE(second, nullptr);
  EXPECT_EQ(all->admit("10.0.0.1"), nullptr);
  EXPECT_NE(all->admit("10.0.0.2"), nullptr);
  second.reset();
  EXPECT_NE(all->admit("10.0.0.1"), nullptr);
}

TEST(visitors, who_have_a_network_of_ipv6_are_one) {
  const auto all = std::make_shared<visitors>(1);
  const auto seat = all->admit("2001:db8:1:2::1");
  EXPECT_EQ(all->admit("2001:db8:1:2:ffff::9"), nullptr);
  EXPECT_NE(all->admit("2001:db8:1:3::1"), nullptr);
  const auto mapped = all->admit("::ffff:10.0.0.1");
  EXPECT_EQ(all->admit("10.0.0.1"), nullptr) << "the same address";
}

TEST(visitors, are_not_bounded_where_no_limit_is_set) {
  const auto all = std::make_shared<visitors>(0);
  std::vector<std::unique_ptr<visitors::seat>> seats;
  for (int i = 0; i < 2000; ++i)
    ASSERT_NE(seats.emplace_back(all->admit("10.0.0.1")), nullptr);
}

TEST(visitors, are_counted_right_on_many_threads) {
  const auto all = std::make_shared<visitors>(3);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([all] {
      for (int i = 0; i < 2000; ++i)
        static_cast<void>(all->admit("10.0.0.1"));
    });
  threads.clear();
  std::vector<std::unique_ptr<visitors::seat>> seats;
  for (int i = 0; i < 3; ++i)
    EXPECT_NE(seats.emplace_back(all->admit("10.0.0.1")), nullptr);
  EXPECT_EQ(all->admit("10.0.0.1"), nullptr);
}

} // namespace
} // namespace logos::execution
