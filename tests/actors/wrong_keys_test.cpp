// SPDX-License-Identifier: MIT
#include "actors/execution/wrong_keys.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace logos::execution {
namespace {

using namespace std::chrono_literals;

core::key_hash key(std::uint8_t n) {
  core::key_hash out{};
  out.fill(n);
  return out;
}

class wrong_keys_test : public ::testing::Test {
protected:
  wrong_keys make(std::uint32_t burst, std::size_t addresses = 16) {
    return {burst, clock_, [this](const std::string& text) { told_.push_back(text); }, addresses};
  }
  /// A wrong key whose answer is ours.
  static std::uint32_t answer(wrong_keys& of, std::string_view address) {
    const auto wait = of.note(address);
    if (wait != 0) of.leave_unanswered(address);
    return wait;
  }
  static void spend(wrong_keys& of, unsigned burst, std::string_view address) {
    for (unsigned i = 0; i < burst; ++i)
      ASSERT_EQ(answer(of, address), 0U) << i;
    ASSERT_EQ(answer(of, address), 1U);
  }

  core::manual_clock clock_;
  std::vector<std::string> told_;
};

TEST_F(wrong_keys_test, are_answered_as_such_in_a_burst_and_then_once_a_second) {
  auto of = make(3);
  spend(of, 3, "10.0.0.1");
  clock_.advance(999ms);
  EXPECT_EQ(answer(of, "10.0.0.1"), 1U);
  clock_.advance(1ms);
  EXPECT_EQ(answer(of, "10.0.0.1"), 0U) << "what was refused is not held against anybody";
  EXPECT_EQ(answer(of, "10.0.0.1"), 1U);
  clock_.advance(1h);
  spend(of, 3, "10.0.0.1");
  EXPECT_EQ(of.seen(), 11U);
  EXPECT_EQ(of.unanswered(), 4U);
}

TEST_F(wrong_keys_test, of_others_are_no_ones_fault_but_theirs) {
  auto of = make(2);
  spend(of, 2, "10.0.0.1");
  EXPECT_EQ(of.note("10.0.0.2"), 0U);
  EXPECT_EQ(of.note("::ffff:10.0.0.1"), 1U) << "the same address";
}

TEST_F(wrong_keys_test, of_a_network_of_ipv6_are_counted_together) {
  auto of = make(2);
  spend(of, 2, "2001:db8:1:2::1");
  EXPECT_EQ(of.note("2001:db8:1:2:ffff::9"), 1U);
  EXPECT_EQ(of.note("2001:db8:1:3::1"), 0U);
}

TEST_F(wrong_keys_test, of_clients_whose_address_nobody_knows_are_counted_together_and_not_printed) {
  auto of = make(1);
  EXPECT_EQ(answer(of, "evil\nline"), 0U);
  EXPECT_EQ(answer(of, "evil\nline"), 1U);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].find("evil"), std::string::npos) << told_[0];
}

TEST_F(wrong_keys_test, may_be_unbounded) {
  auto of = make(0);
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(of.note("10.0.0.1"), 0U);
  EXPECT_EQ(of.remembered(), 0U);
  of.allow(1);
  EXPECT_EQ(of.note("10.0.0.1"), 0U);
  EXPECT_EQ(of.note("10.0.0.1"), 1U);
  of.allow(0);
  EXPECT_EQ(of.note("10.0.0.1"), 0U);
}

TEST_F(wrong_keys_test, of_however_many_addresses_fill_no_more_than_a_fixed_table_and_push_out_who_was_quiet_longest) {
  auto of = make(1, 4);
  spend(of, 1, "10.0.0.1");
  for (int i = 0; i < 3; ++i)
    spend(of, 1, "10.0.1." + std::to_string(i));
  EXPECT_EQ(of.note("10.0.0.1"), 1U) << "heard of again";
  for (int i = 0; i < 100; ++i) {
    of.note("2001:db8:" + std::to_string(i) + "::1");
    EXPECT_LE(of.remembered(), 4U);
    EXPECT_EQ(of.note("10.0.0.1"), 1U) << "never the quietest";
  }
  EXPECT_EQ(of.note("10.0.1.0"), 0U) << "forgotten";
}

TEST_F(wrong_keys_test, make_a_key_doubtful_that_was_never_used_there_and_no_other) {
  auto of = make(2);
  EXPECT_EQ(of.doubt(key(1), "10.0.0.1"), 0U);
  spend(of, 2, "10.0.0.1");
  EXPECT_EQ(of.doubt(key(1), "10.0.0.1"), 0U) << "it is familiar there";
  EXPECT_EQ(of.doubt(key(2), "10.0.0.1"), 1U);
  EXPECT_EQ(of.doubt(key(2), "10.0.0.1"), 1U) << "asking does not make it familiar";
  EXPECT_EQ(of.doubt(key(2), "10.0.0.2"), 0U) << "elsewhere nobody has guessed";
  clock_.advance(1s);
  EXPECT_EQ(of.doubt(key(2), "10.0.0.1"), 0U);
  EXPECT_EQ(of.note("10.0.0.1"), 0U) << "a good key has used up nothing";
  EXPECT_EQ(of.doubt(key(2), "10.0.0.1"), 0U) << "from now on it is familiar";
}

TEST_F(wrong_keys_test, are_told_of_once_a_minute_for_each_address) {
  auto of = make(1);
  for (int i = 0; i < 5; ++i) {
    answer(of, "10.0.0.1");
    answer(of, "2001:db8::1");
  }
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_NE(told_[0].find("10.0.0.1,"), std::string::npos) << told_[0];
  EXPECT_NE(told_[1].find("2001:db8::/64,"), std::string::npos) << told_[1];
  clock_.advance(59s);
  for (int i = 0; i < 3; ++i)
    answer(of, "10.0.0.1");
  EXPECT_EQ(told_.size(), 2U);
  clock_.advance(1s);
  for (int i = 0; i < 3; ++i)
    answer(of, "10.0.0.1");
  EXPECT_EQ(told_.size(), 3U);
}

TEST_F(wrong_keys_test, that_are_answered_as_such_by_somebody_else_are_none_of_which_nothing_was_said) {
  auto of = make(1);
  for (int i = 0; i < 5; ++i)
    of.note("10.0.0.1");
  EXPECT_EQ(of.seen(), 5U);
  EXPECT_EQ(of.unanswered(), 0U);
  EXPECT_TRUE(told_.empty());
  ASSERT_EQ(of.doubt(key(1), "10.0.0.1"), 1U) << "they count for those that come next";
  of.leave_unanswered("10.0.0.1");
  EXPECT_EQ(of.unanswered(), 1U);
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(wrong_keys_test, are_counted_right_on_many_threads) {
  auto of = make(100);
  std::atomic<unsigned> answered{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i)
        if (answer(of, "10.0.0.1") == 0) ++answered;
    });
  threads.clear();
  EXPECT_EQ(answered, 100U);
  EXPECT_EQ(of.seen(), 2000U);
  EXPECT_EQ(of.unanswered(), 1900U);
}

} // namespace
} // namespace logos::execution
