// SPDX-License-Identifier: MIT
// Of one key's requests, who is passed by whom.
#include "actors/scheduling/queue.hpp"
#include "tests/actors/waiting_tickets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <random>
#include <vector>

namespace logos::scheduling {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Requests of one key for one model that come, wait, rise and are served, while pace and usual size change. How often
/// one was passed by one of its class that came later and is no smaller than four fifths of it.
struct overtaking {
  explicit overtaking(unsigned seed) : random{seed} { places_.lane_of(100); }
  unsigned pick(unsigned n) { return static_cast<unsigned>(random() % n); }

  /// `size`: what the next one is to have.
  void run(const std::function<std::uint32_t()>& size) {
    constexpr std::uint8_t of_class[] = {10, 5, 1};
    for (int step = 0; step < 2000; ++step) {
      now += milliseconds{pick(4) == 0 ? 0 : pick(300)};
      if (pick(20) == 0) queue_.pace(milliseconds{50 << pick(9)});
      if (pick(100) == 0) // another key changes what is usual
        for (unsigned n = pick(40), tokens = 1 + pick(20'000); n > 0; --n)
          push(9, 5, tokens);
      for (unsigned n = pick(30) == 0 ? pick(60) : pick(2); n > 0; --n)
        push(1, of_class[pick(3)], size());
      if (pick(3) != 0) serve();
    }
    while (serve()) {
    }
  }
  void push(std::int64_t key, std::uint8_t priority, std::uint32_t tokens) {
    auto w = ticket(++id, 0, priority, now);
    w.process_id = key;
    w.tokens = tokens;
    w.deadline = now + std::chrono::hours{100};
    queue_.push(w);
    if (key == 1) before[priority].push_back(w);
  }
  bool serve() {
    const auto got = queue_.next(places_, now);
    if (!got) return false;
    if (got->process_id != 1) return true;
    auto& all = before[got->priority];
    const auto at = std::find_if(all.begin(), all.end(), [&](const waiting& w) { return w.request == got->request; });
    for (auto passed = all.begin(); passed != at; ++passed)
      if (passed->tokens <= got->tokens + got->tokens / 4) ++times;
    all.erase(at);
    return true;
  }

  std::mt19937 random;
  places places_;
  queue queue_;
  core::steady_time now = start;
  std::uint64_t id = 0;
  std::map<std::uint8_t, std::vector<waiting>> before; // who wait, by class, as they came
  std::size_t times = 0;
};

TEST(queue_order, of_equal_requests_of_a_key_and_class_whoever_came_first_is_served_first) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    overtaking o{seed};
    const auto size = 10 + o.pick(5000);
    o.run([&] { return size; });
    EXPECT_EQ(o.times, 0U) << "seed " << seed;
  }
}

TEST(queue_order, of_nearly_equal_requests_whoever_came_first_is_served_first) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    overtaking o{seed};
    const auto size = 100 + o.pick(5000);
    o.run([&] { return size + o.pick(size / 4); });
    EXPECT_EQ(o.times, 0U) << "seed " << seed;
  }
}

TEST(queue_order, large_requests_are_passed_by_small_ones_that_come_for_a_bounded_time) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    overtaking o{seed};
    queue queue;
    places places;
    places.lane_of(100);
    constexpr seconds pace{1};
    queue.pace(pace);
    std::vector<waiting> all;
    auto now = start;
    for (std::uint64_t i = 1; i <= 400; ++i) {
      now += milliseconds{o.pick(400)};
      auto w = ticket(i, 0, 10, now);
      w.process_id = 1;
      w.tokens = o.pick(5) == 0 ? 1000 + o.pick(9000) : 1 + o.pick(300);
      w.deadline = now + std::chrono::hours{100};
      queue.push(w);
      all.push_back(w);
      if (o.pick(3) != 0) continue;
      const auto got = queue.next(places, now);
      ASSERT_TRUE(got);
      std::erase_if(all, [&](const waiting& other) { return other.request == got->request; });
      for (const auto& other : all)
        EXPECT_LE(got->arrived, other.arrived + ranking::largest_lag * pace) << "seed " << seed;
    }
  }
}

} // namespace
} // namespace logos::scheduling
