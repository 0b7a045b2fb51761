// SPDX-License-Identifier: MIT
#include "actors/administration/store_line.hpp"
#include "tests/support/fake_exchange.hpp"

#include <gtest/gtest.h>

#include <string>

namespace logos::tests {
namespace {

using namespace std::chrono_literals;
using administration::store_line;

class store_line_test : public testing::Test {
protected:
  /// One more of this key's; its exchange tells which it is.
  core::uuid wait(store_line& at, std::int64_t key, std::chrono::seconds patience = 60s) {
    auto& who = principals_[key];
    who.process_id = key;
    auto c = std::make_shared<administration::call>();
    c->exchange = net::exchange_ptr{new fake_exchange{"GET", "/admin/v1/usage"}};
    c->who = &who;
    at.add({c, {}, {}, now_ + patience});
    return c->exchange->id();
  }
  /// The keys in the order in which they are served, `each` taking so long.
  static std::vector<std::int64_t> served(store_line& at, std::chrono::seconds each = 0s) {
    std::vector<std::int64_t> keys;
    while (const auto turn = at.begin()) {
      keys.push_back(turn->caller->who->process_id);
      at.end(each);
    }
    return keys;
  }

  std::map<std::int64_t, catalog::principal> principals_;
  core::steady_time now_ = core::manual_clock{}.steady();
};

TEST_F(store_line_test, keys_take_turns_however_much_one_has_asked_for) {
  store_line line{{}};
  for (int i = 0; i < 4; ++i)
    wait(line, 1);
  wait(line, 2);
  wait(line, 3);
  wait(line, 2);
  EXPECT_EQ(served(line), (std::vector<std::int64_t>{1, 2, 3, 1, 2, 1, 1}));
}

TEST_F(store_line_test, one_is_under_way_at_a_time) {
  store_line line{{}};
  wait(line, 1);
  wait(line, 2);
  ASSERT_TRUE(line.begin());
  EXPECT_FALSE(line.begin());
  line.end(1s);
  EXPECT_TRUE(line.begin());
}

TEST_F(store_line_test, a_key_may_wait_with_so_many_and_less_when_many_wait_but_always_with_one) {
  store_line line{{.of_key = 2, .in_all = 3, .keys = 4}};
  wait(line, 1);
  wait(line, 1);
  EXPECT_EQ(line.check(1).code, core::ec::queue_full);
  EXPECT_GE(line.check(1).retry_after_s, 1U);
  EXPECT_EQ(line.check(2).code, core::ec::none);
  wait(line, 2);
  EXPECT_EQ(line.check(2).code, core::ec::queue_full) << "all together";
  for (const std::int64_t other : {3, 4}) {
    EXPECT_EQ(line.check(other).code, core::ec::none) << "two that are greedy shut nobody out";
    wait(line, other);
  }
  EXPECT_EQ(line.check(5).code, core::ec::queue_full) << "so many keys";
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(line.begin());
    line.end(0s);
  }
  EXPECT_EQ(line.check(5).code, core::ec::none) << "one of them waits no more";
}

TEST_F(store_line_test, when_to_come_again_follows_how_long_turns_take_and_how_many_keys_wait) {
  store_line line{{.of_key = 1}};
  for (int i = 0; i < 40; ++i)
    wait(line, 1);
  served(line, 4s);
  for (const std::int64_t key : {1, 2, 3})
    wait(line, key);
  EXPECT_EQ(line.check(1).retry_after_s, 12U);
}

TEST_F(store_line_test, who_is_late_is_taken_out_and_who_left_is_forgotten) {
  store_line line{{}};
  wait(line, 1, 10s);
  wait(line, 2, 20s);
  const auto left = wait(line, 2, 30s);
  wait(line, 3, 30s);
  EXPECT_EQ(line.first_end(), now_ + 10s);
  EXPECT_TRUE(line.take_late(now_ + 9s).empty());
  EXPECT_EQ(line.take_late(now_ + 20s).size(), 2U);
  line.forget(left);
  EXPECT_EQ(line.first_end(), now_ + 30s);
  EXPECT_EQ(served(line), std::vector<std::int64_t>{3});
  EXPECT_FALSE(line.first_end());
}

TEST_F(store_line_test, a_right_is_taken_once) {
  administration::sole_right right;
  EXPECT_TRUE(right.take());
  EXPECT_FALSE(right.take());
}

} // namespace
} // namespace logos::tests
