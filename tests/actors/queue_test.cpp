// SPDX-License-Identifier: MIT
#include "actors/scheduling/queue.hpp"
#include "tests/actors/waiting_tickets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

namespace logos::scheduling {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint8_t batch = 1;

waiting of_key(std::int64_t key, waiting w) {
  w.process_id = key;
  return w;
}

class queue_test : public ::testing::Test {
protected:
  queue_test() {
    places_.lane_of(100);
    places_.lane_of(101);
    queue_.pace(pace);
  }
  std::uint64_t next(core::steady_time now = start) { return id_of(queue_.next(places_, now)); }
  /// The keys of the next so many.
  std::map<std::int64_t, int> keys_of_next(int n, core::steady_time now = start) {
    std::map<std::int64_t, int> keys;
    for (int i = 0; i < n; ++i)
      ++keys[queue_.next(places_, now)->process_id];
    return keys;
  }

  static constexpr seconds pace{1};
  places places_;
  queue queue_;
};

TEST_F(queue_test, the_highest_class_is_next_and_of_equals_whoever_came_first) {
  queue_.push(ticket(1, 0, 5));
  queue_.push(ticket(2, 0, 10));
  queue_.push(ticket(3, 1, 8));
  queue_.push(ticket(4, 0, 1));
  queue_.push(ticket(5, 1, 4));
  for (const auto expected : {2U, 3U, 1U, 5U, 4U})
    EXPECT_EQ(next(), expected);
  EXPECT_TRUE(queue_.empty());
}

TEST_F(queue_test, who_has_waited_elsewhere_keeps_the_place) {
  queue_.push(ticket(1, 0, 5, start));
  queue_.push(ticket(4, 0, 5, start - milliseconds{50}));
  EXPECT_EQ(next(), 4U);
}

TEST_F(queue_test, low_goes_before_high_that_comes_two_steps_later_and_not_before_that_comes_sooner) {
  queue_.push(of_key(1, ticket(1, 0, 1, start)));
  const auto later = start + 2 * ranking::step * pace;
  queue_.push(of_key(1, ticket(2, 0, 10, later - milliseconds{1})));
  queue_.push(of_key(1, ticket(3, 0, 10, later + milliseconds{1})));
  EXPECT_EQ(next(later + seconds{1}), 2U);
  EXPECT_EQ(next(later + seconds{1}), 1U);
}

TEST_F(queue_test, batch_goes_after_all_that_is_interactive_and_rises_all_the_same) {
  auto work = of_key(1, ticket(1, 0, 10));
  work.mode = batch;
  queue_.push(work);
  queue_.push(of_key(1, ticket(2, 0, 1)));
  EXPECT_EQ(next(), 2U);
  EXPECT_EQ(next(), 1U) << "it fills what is left";
  queue_.push(work);
  const auto risen = start + (ranking::batch_step + 2 * ranking::step) * pace;
  queue_.push(of_key(1, ticket(3, 0, 10, risen + milliseconds{1})));
  EXPECT_EQ(next(risen + seconds{1}), 1U);
}

TEST_F(queue_test, a_granted_ticket_has_the_priority_that_it_has_risen_to) {
  const auto granted = [&](core::steady_time now) { return int{queue_.next(places_, now)->risen_to}; };
  queue_.push(ticket(1, 0, 3));
  EXPECT_EQ(granted(start), 3) << "its own, before it has risen";
  queue_.push(ticket(2, 0, 3));
  EXPECT_EQ(granted(start + ranking::step * pace), 5);
  queue_.push(ticket(3, 0, 3));
  EXPECT_EQ(granted(start + 2 * ranking::step * pace), 10);
  auto work = ticket(4, 0, 6);
  work.mode = batch;
  queue_.push(work);
  EXPECT_EQ(granted(start + 100 * pace), 10) << "never less than before, though among the interactive";
}

TEST_F(queue_test, a_thousand_of_one_key_delay_anothers_one_by_one) {
  for (const auto pause : {milliseconds{0}, milliseconds{1000}, milliseconds{20'000}}) { // none has risen, some, all
    queue q;
    q.pace(pace);
    for (std::uint64_t i = 1; i <= 1000; ++i)
      q.push(of_key(7, ticket(i, i % 2, 1)));
    auto now = start;
    for (int i = 0; i < 100; ++i)
      q.next(places_, now += pause);
    q.push(of_key(8, ticket(5000, 1, 1, now)));
    q.push(of_key(9, ticket(6000, 1, 10, now)));
    std::vector<std::uint64_t> order;
    for (int i = 0; i < 60; ++i)
      order.push_back(id_of(q.next(places_, now + i * pace)));
    const auto before = [&](std::uint64_t id) { return std::find(order.begin(), order.end(), id) - order.begin(); };
    EXPECT_LE(before(6000), 1) << "high, " << pause.count();
    EXPECT_LE(before(5000), pause.count() == 0 ? 2 : 2 * ranking::step + 2) << "low, when it has risen at the latest";
  }
}

TEST_F(queue_test, keys_have_shares_by_tokens_and_weight) {
  for (std::uint64_t i = 1; i <= 400; ++i) {
    auto small = of_key(1, ticket(i, 0, 5)), large = of_key(2, ticket(1000 + i, 0, 5)),
         heavy = of_key(3, ticket(2000 + i, 0, 5));
    large.tokens = 400;
    heavy.weight = 3;
    queue_.push(small);
    queue_.push(large);
    queue_.push(heavy);
  }
  const auto served = keys_of_next(170);
  EXPECT_NEAR(served.at(1), 40, 3);
  EXPECT_NEAR(served.at(2), 10, 3);
  EXPECT_NEAR(served.at(3), 120, 6);
}

TEST_F(queue_test, a_key_that_comes_back_neither_owes_nor_has_saved_up) {
  const auto push = [&](std::int64_t key, std::uint64_t from, int n) {
    for (int i = 0; i < n; ++i)
      queue_.push(of_key(key, ticket(from + static_cast<std::uint64_t>(i), 0, 5)));
  };
  push(1, 1000, 10);
  keys_of_next(10); // alone, so taken from nobody
  push(2, 2000, 200);
  keys_of_next(50); // 2 has had much while 1 was away
  push(1, 3000, 100);
  const auto served = keys_of_next(40);
  EXPECT_NEAR(served.at(1), 20, 1);
}

TEST_F(queue_test, a_key_that_asks_one_after_the_other_gets_no_more_than_its_share) {
  for (std::uint64_t i = 1; i <= 300; ++i)
    queue_.push(of_key(1, ticket(i, 0, 5)));
  int of_other = 0;
  std::uint64_t id = 1000;
  for (int i = 0; i < 100; ++i) {
    auto w = of_key(2, ticket(++id, 0, 5));
    w.tokens = 300;
    if (queue_.size_of_key(2) == 0) queue_.push(w);
    of_other += queue_.next(places_, start)->process_id == 2 ? 1 : 0;
  }
  EXPECT_NEAR(of_other, 25, 2) << "of a hundred: three times as large";
}

TEST_F(queue_test, new_keys_that_never_end_do_not_hold_up_one_that_has_had_more) {
  queue_.push(of_key(1, ticket(1, 0, 10)));
  queue_.push(of_key(1, ticket(2, 0, 10)));
  std::int64_t fresh = 100;
  std::vector<std::uint64_t> order;
  for (int i = 0; i < 50; ++i) {
    ++fresh;
    queue_.push(of_key(fresh, ticket(static_cast<std::uint64_t>(fresh), 0, 10, start + milliseconds{fresh})));
    order.push_back(next(start + milliseconds{fresh}));
  }
  EXPECT_NE(std::find(order.begin(), order.end(), 2U), order.end());
}

TEST_F(queue_test, small_ones_pass_a_large_one_of_their_key_within_bounds) {
  for (std::uint64_t i = 1; i <= 30; ++i)
    queue_.push(of_key(1, ticket(i, 1, 5)));
  auto large = of_key(1, ticket(100, 0, 5));
  large.tokens = 100'000;
  queue_.push(large);
  queue_.push(of_key(1, ticket(101, 0, 5, start + pace)));
  queue_.push(of_key(1, ticket(102, 0, 5, start + (ranking::largest_lag + 1) * pace)));
  places_.limit(1, 0);
  places_.take(1);
  for (const auto expected : {101U, 100U, 102U})
    EXPECT_EQ(next(start + seconds{6}), expected);
}

TEST_F(queue_test, who_has_waited_and_has_little_time_left_goes_first) {
  queue_.push(of_key(1, ticket(1, 0, 5)));
  queue_.push(of_key(1, ticket(2, 0, 5)));
  auto pressed = of_key(1, ticket(3, 0, 5));
  pressed.deadline = start + 10 * pace;
  queue_.push(pressed);
  queue_.push(of_key(1, ticket(4, 0, 8)));
  EXPECT_EQ(next(start + 7 * pace), 4U) << "a higher class";
  EXPECT_EQ(next(start + 7 * pace), 1U) << "there is time";
  EXPECT_EQ(next(start + 9 * pace), 3U);
  pressed.deadline = start + 20 * pace;
  queue_.push(pressed);
  EXPECT_EQ(next(start + 21 * pace), 2U) << "it cannot make it any more";
}

TEST_F(queue_test, asking_for_little_time_gains_nothing) {
  for (const int patience : {1, 3, 5, 20}) { // in paces
    queue q;
    q.pace(pace);
    auto now = start;
    std::uint64_t id = 0;
    int of_pressed = 0;
    for (int i = 0; i < 400; ++i, now += pace) {
      while (q.size_of_key(1) < 20)
        q.push(of_key(1, ticket(++id, 0, 5, now)));
      while (q.size_of_key(2) < 20) {
        auto w = of_key(2, ticket(++id, 0, 5, now));
        w.deadline = now + patience * pace;
        q.push(w);
      }
      while (q.expire(now)) {
      }
      of_pressed += q.next(places_, now)->process_id == 2 ? 1 : 0;
    }
    EXPECT_LE(of_pressed, 200 + 8) << patience;
  }
}

TEST_F(queue_test, a_full_lane_does_not_block_the_others) {
  places_.limit(1, 0);
  places_.take(0);
  queue_.push(ticket(1, 0, 10));
  queue_.push(ticket(2, 1, 1));
  EXPECT_EQ(next(), 2U);
  places_.take(1);
  EXPECT_EQ(next(), 0U);
  places_.put_back(0);
  EXPECT_EQ(next(), 1U);
}

TEST_F(queue_test, a_closed_lane_is_passed_by) {
  queue_.push(ticket(1, 0, 10));
  queue_.push(ticket(2, 1, 1));
  EXPECT_EQ(id_of(queue_.next(places_, start, [](lane l) { return l == 1; })), 2U);
  EXPECT_FALSE(queue_.next(places_, start, [](lane l) { return l == 1; }));
  EXPECT_EQ(next(), 1U);
}

TEST_F(queue_test, nobody_is_next_when_the_provider_is_full) {
  places_.limit(0, 1);
  places_.take(1);
  queue_.push(ticket(1, 0, 10));
  EXPECT_EQ(next(), 0U);
}

TEST_F(queue_test, bounds_hold_per_lane_and_per_key) {
  queue_.bound(2, 3);
  EXPECT_EQ(queue_.push(ticket(3, 0, 5)), admission::queued);
  EXPECT_EQ(queue_.push(ticket(6, 0, 5)), admission::queued);
  EXPECT_EQ(queue_.push(ticket(9, 0, 5)), admission::lane_full);
  EXPECT_EQ(queue_.push(ticket(12, 1, 5)), admission::queued);
  EXPECT_EQ(queue_.push(ticket(15, 1, 5)), admission::key_full);
  EXPECT_EQ(queue_.push(ticket(16, 1, 5)), admission::queued);
  EXPECT_EQ(queue_.push(ticket(18, 0, 5), false), admission::queued) << "admitted before";
  EXPECT_EQ(queue_.size_of_key(0), 4U);
}

TEST_F(queue_test, a_ticket_that_comes_twice_waits_once) {
  auto again = ticket(1, 0, 5);
  queue_.push(again);
  again.requester = 7;
  EXPECT_EQ(queue_.push(again), admission::known);
  EXPECT_EQ(queue_.size(), 1U);
  EXPECT_EQ(queue_.next(places_, start)->requester, 7U);
  EXPECT_TRUE(queue_.empty());
}

} // namespace
} // namespace logos::scheduling
