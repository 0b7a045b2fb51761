// SPDX-License-Identifier: MIT
#include "actors/scheduling/concurrency.hpp"

#include <gtest/gtest.h>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;

class concurrency_test : public testing::Test {
protected:
  void end(strain how, std::uint32_t others, core::steady_time::duration length = 10ms) {
    now_ += length;
    pace_.ended(how, length, others, now_);
  }
  core::steady_time now_{1h};
  concurrency pace_{1};
};

TEST_F(concurrency_test, begins_where_the_operator_says_and_never_goes_beyond) {
  pace_.bound(64);
  EXPECT_EQ(pace_.limit(), 64U);
  for (int i = 0; i < 1000; ++i)
    end(strain::none, 63);
  EXPECT_EQ(pace_.limit(), 64U);
  pace_.bound(8);
  EXPECT_EQ(pace_.limit(), 8U);
  pace_.bound(32);
  EXPECT_EQ(pace_.limit(), 32U);
}

TEST_F(concurrency_test, without_an_operators_word_it_doubles_with_each_round_until_somebody_refuses) {
  pace_.bound(0);
  EXPECT_EQ(pace_.limit(), concurrency::first_guess);
  for (std::uint32_t i = 0; i < concurrency::first_guess; ++i)
    end(strain::none, concurrency::first_guess - 1);
  EXPECT_EQ(pace_.limit(), 2 * concurrency::first_guess);
  end(strain::refused, 20);
  EXPECT_EQ(pace_.limit(), 20U);
  end(strain::none, 19);
  EXPECT_EQ(pace_.limit(), 20U) << "no longer one for each";
}

TEST_F(concurrency_test, whoever_does_not_use_its_limit_does_not_raise_it) {
  pace_.bound(0);
  for (int i = 0; i < 100; ++i)
    end(strain::none, 1);
  EXPECT_EQ(pace_.limit(), concurrency::first_guess);
}

TEST_F(concurrency_test, refusals_of_one_burst_leave_what_still_runs) {
  pace_.bound(64);
  for (std::uint32_t others = 63; others >= 10; --others) {
    now_ += 100us;
    pace_.ended(strain::refused, 6ms, others, now_);
  }
  EXPECT_EQ(pace_.limit(), 10U);
  EXPECT_TRUE(pace_.lowered());
}

TEST_F(concurrency_test, a_limit_that_was_refused_is_tried_ever_more_seldom) {
  pace_.bound(64);
  end(strain::refused, 10);
  std::vector<int> served;
  for (int probe = 0; probe < 3; ++probe) {
    int n = 0;
    while (pace_.limit() == 10) {
      end(strain::none, 9);
      ++n;
    }
    EXPECT_EQ(pace_.limit(), 11U);
    served.push_back(n);
    end(strain::refused, 10);
    EXPECT_EQ(pace_.limit(), 10U);
  }
  EXPECT_EQ(served, (std::vector<int>{40, 80, 160}));
}

TEST_F(concurrency_test, a_failure_takes_a_part_of_the_limit_once_a_congestion) {
  pace_.bound(10);
  end(strain::failed, 9, 5s);
  EXPECT_EQ(pace_.limit(), 7U);
  pace_.ended(strain::failed, 5s, 8, now_ + 1ms);
  EXPECT_EQ(pace_.limit(), 7U) << "it was sent before the first failure was known";
  end(strain::failed, 6, 5s);
  EXPECT_EQ(pace_.limit(), 4U);
  for (int i = 0; i < 100; ++i)
    end(strain::failed, 0, 5s);
  EXPECT_EQ(pace_.limit(), 1U);
  EXPECT_TRUE(pace_.allows(0, now_)) << "there is always one to find out";
  end(strain::silent, 0);
  EXPECT_EQ(pace_.limit(), 1U);
  end(strain::none, 0);
  EXPECT_EQ(pace_.limit(), 2U);
}

TEST_F(concurrency_test, who_is_refused_alone_comes_back_after_pauses_that_grow_and_end) {
  pace_.bound(4);
  core::steady_time::duration before{};
  for (int i = 1; i <= 3; ++i) {
    end(strain::refused, 0);
    ASSERT_TRUE(pace_.paused(now_));
    const auto pause = *pace_.next_change() - now_;
    EXPECT_GE(pause, 50ms * (1 << i));
    EXPECT_LE(pause, 100ms * (1 << i));
    EXPECT_GT(pause, before / 2);
    before = pause;
    EXPECT_FALSE(pace_.allows(0, now_));
    now_ = *pace_.next_change();
    EXPECT_TRUE(pace_.allows(0, now_));
  }
  for (int i = 0; i < 10; ++i) {
    now_ += 10s;
    end(strain::refused, 0);
  }
  EXPECT_FALSE(pace_.paused(now_)) << "that is no matter of how much";
}

} // namespace
} // namespace logos::scheduling
