// SPDX-License-Identifier: MIT
#include "actors/scheduling/concurrency.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <utility>

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

TEST_F(concurrency_test, where_the_account_is_closed_one_at_a_time_asks_and_all_when_it_is_paid) {
  pace_.bound(0);
  end(strain::closed, 15);
  EXPECT_EQ(pace_.limit(), 8U) << "not what still runs: it says nothing of that";
  pace_.ended(strain::closed, 10ms, 14, now_);
  EXPECT_EQ(pace_.limit(), 8U) << "sent before it was known";
  for (int i = 0; i < 20; ++i) {
    end(strain::closed, 0);
    EXPECT_TRUE(pace_.allows(0, now_)) << "whoever waits hears so";
  }
  EXPECT_EQ(pace_.limit(), 1U);
  for (std::uint32_t i = 1; i < concurrency::first_guess; ++i)
    end(strain::none, pace_.limit() - 1);
  EXPECT_EQ(pace_.limit(), concurrency::first_guess);
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

TEST_F(concurrency_test, what_the_server_has_no_room_for_is_taken_off_once_until_it_has_ended) {
  pace_.bound(64);
  EXPECT_TRUE(pace_.crowded(44, 64, now_ + 3s, now_));
  EXPECT_EQ(pace_.limit(), 20U);
  EXPECT_FALSE(pace_.crowded(40, 60, now_ + 3s, now_)) << "they still run";
  EXPECT_EQ(pace_.limit(), 20U);
  EXPECT_TRUE(pace_.crowded(2, 20, now_ + 3s, now_));
  EXPECT_EQ(pace_.limit(), 18U);
  EXPECT_TRUE(pace_.crowded(18, 18, now_ + 3s, now_));
  EXPECT_EQ(pace_.limit(), 1U);
  EXPECT_FALSE(pace_.crowded(1, 1, now_ + 3s, now_));
  EXPECT_EQ(pace_.limit(), 1U) << "there is always one to find out";
}

TEST_F(concurrency_test, beyond_what_was_too_much_it_goes_only_on_the_servers_word_while_that_is_fresh) {
  pace_.bound(64);
  pace_.crowded(54, 64, now_ + 1h, now_);
  const auto serve = [this](int calls) {
    for (int i = 0; i < calls; ++i)
      end(strain::none, 9);
  };
  serve(1000);
  EXPECT_EQ(pace_.limit(), 10U) << "it has not said that there is room";
  pace_.told(true, 7, now_ + 1h);
  serve(1000);
  EXPECT_EQ(pace_.limit(), 10U) << "there was, for seven";
  pace_.told(true, 10, now_ + 1h);
  serve(1000);
  EXPECT_EQ(pace_.limit(), 11U) << "and of one more it says nothing yet";
  pace_.told(false, 11, now_ + 1h);
  serve(1000);
  EXPECT_EQ(pace_.limit(), 11U);
  now_ += 1h;
  serve(1000);
  EXPECT_GT(pace_.limit(), 11U) << "what it said is old";
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
}

TEST_F(concurrency_test, a_spell_of_refusals_is_waited_out_for_a_minute_and_not_by_their_number) {
  pace_.bound(4);
  const auto from = now_;
  int refused = 0;
  for (; refused < 1000; ++refused) {
    end(strain::refused, 0);
    if (!pace_.paused(now_)) break;
    ASSERT_LT(now_, from + 1min + 1s);
    now_ = *pace_.next_change();
  }
  EXPECT_GE(now_, from + 1min) << "then that is no matter of how much";
  EXPECT_GE(refused, 60);
  end(strain::none, 0);
  end(strain::refused, 0);
  EXPECT_TRUE(pace_.paused(now_)) << "it had served again";
}

TEST_F(concurrency_test, few_refusals_are_waited_out_however_far_apart_they_are) {
  pace_.bound(4);
  for (int i = 0; i < 8; ++i) {
    now_ += 1h;
    end(strain::refused, 0);
    EXPECT_TRUE(pace_.paused(now_));
  }
  now_ += 1h;
  end(strain::refused, 0);
  EXPECT_FALSE(pace_.paused(now_));
}

/// A queue that never ends, before a provider that takes `capacity` calls at a time, and `less` from the second second
/// on for `outage`. It tells of refusals, and nothing else.
struct busy_spell {
  std::uint32_t bound, capacity, less;
  core::steady_time::duration call, outage;
  friend std::ostream& operator<<(std::ostream& o, const busy_spell& s) {
    return o << s.capacity << " at a time, then " << s.less << " for " << s.outage / 1ms << " ms, calls of "
             << s.call / 1ms << " ms";
  }
};

class concurrency_after_a_busy_spell_test : public testing::TestWithParam<busy_spell> {
protected:
  static constexpr core::steady_time from{1h + 2s};
  static constexpr auto to_refuse = 5ms;

  bool busy() const { return now_ >= from && now_ < until_; }

  /// Sends what may be sent; how many went.
  std::uint32_t send() {
    std::uint32_t sent = 0;
    for (; pace_.allows(static_cast<std::uint32_t>(running_.size()), now_); ++sent) {
      pace_.granted(now_);
      const bool taken = inside_ < (busy() ? GetParam().less : GetParam().capacity);
      const auto length = taken ? GetParam().call : to_refuse;
      inside_ += taken ? 1 : 0;
      refused_after_ += !taken && now_ >= until_ ? 1 : 0;
      refused_meanwhile_ += !taken && busy() ? 1 : 0;
      running_.emplace(now_ + length, std::pair{length, taken});
    }
    most_before_ = now_ < from ? std::max(most_before_, inside_) : most_before_;
    return sent;
  }

  void end_one() {
    const auto [length, taken] = running_.begin()->second;
    running_.erase(running_.begin());
    inside_ -= taken ? 1 : 0;
    const auto others = static_cast<std::uint32_t>(running_.size());
    pace_.ended(taken ? strain::none : strain::refused, length, others, now_);
    const auto opened = send();
    if (now_ < until_) return;
    EXPECT_LE(opened, taken ? 2U : 1U) << "a herd, " << (now_ - until_) / 1ms << " ms after it";
  }

  /// How long after the spell as many calls run as before it.
  core::steady_time::duration run_until_recovered() {
    pace_.bound(GetParam().bound);
    send();
    while (now_ < until_ + 5min) {
      auto next = core::steady_time::max();
      if (!running_.empty()) next = running_.begin()->first;
      if (const auto t = pace_.next_change(); t && *t > now_) next = std::min(next, *t);
      now_ = next;
      if (!running_.empty() && running_.begin()->first <= now_)
        end_one();
      else
        EXPECT_LE(send(), 1U) << "after a pause";
      if (now_ >= until_ && inside_ >= most_before_) break;
    }
    return now_ - until_;
  }

  core::steady_time now_{1h};
  core::steady_time until_ = from + GetParam().outage;
  concurrency pace_{1};
  std::multimap<core::steady_time, std::pair<core::steady_time::duration, bool>> running_;
  std::uint32_t inside_ = 0, most_before_ = 0, refused_meanwhile_ = 0, refused_after_ = 0;
};

TEST_P(concurrency_after_a_busy_spell_test, is_back_in_a_second_and_a_few_calls_without_a_herd) {
  const auto took = run_until_recovered();
  // The longest pause, four calls at the low limit before it is tried, and one for each doubling.
  EXPECT_LE(took, 1s + 9 * GetParam().call) << took / 1ms << " ms";
  EXPECT_LE(refused_after_, 8U);
  EXPECT_LE(refused_meanwhile_, 2 * (most_before_ + GetParam().outage / 1s + 4));
}

INSTANTIATE_TEST_SUITE_P(spells, concurrency_after_a_busy_spell_test,
                         testing::Values(busy_spell{0, 16, 0, 500ms, 1s}, busy_spell{32, 64, 0, 500ms, 1s},
                                         busy_spell{32, 64, 0, 500ms, 5s}, busy_spell{32, 64, 6, 500ms, 1s},
                                         busy_spell{32, 64, 6, 500ms, 5s}, busy_spell{0, 64, 0, 1000ms, 3s},
                                         busy_spell{32, 64, 0, 50ms, 300ms}, busy_spell{32, 64, 6, 500ms, 30s}));

} // namespace
} // namespace logos::scheduling
