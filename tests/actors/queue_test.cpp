// SPDX-License-Identifier: MIT
#include "actors/scheduling/queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>

namespace logos::scheduling {
namespace {

using std::chrono::milliseconds;

constexpr core::steady_time start{std::chrono::hours{1}};

waiting ticket(std::uint64_t id, lane l, std::uint8_t priority, core::steady_time arrived = start) {
  waiting w;
  w.request = core::uuid::from_halves(1, id);
  w.lane = l;
  w.priority = priority;
  w.process_id = static_cast<std::int64_t>(id % 3);
  w.arrived = arrived;
  w.deadline = start + std::chrono::hours{1};
  return w;
}

std::uint64_t id_of(const std::optional<waiting>& w) { return w ? w->request.low() : 0; }

class queue_test : public ::testing::Test {
protected:
  queue_test() {
    places_.lane_of(100);
    places_.lane_of(101);
  }
  places places_;
  queue queue_;
};

TEST_F(queue_test, the_highest_priority_is_next_and_of_equals_whoever_came_first) {
  queue_.push(ticket(1, 0, 5));
  queue_.push(ticket(2, 0, 10));
  queue_.push(ticket(3, 1, 10));
  queue_.push(ticket(4, 0, 1));
  queue_.push(ticket(5, 1, 5));
  for (const auto expected : {2U, 3U, 1U, 5U, 4U})
    EXPECT_EQ(id_of(queue_.next(places_)), expected);
  EXPECT_TRUE(queue_.empty());
}

TEST_F(queue_test, who_has_waited_elsewhere_keeps_the_place) {
  queue_.push(ticket(1, 0, 5, start));
  queue_.push(ticket(2, 0, 5, start - milliseconds{50}));
  EXPECT_EQ(id_of(queue_.next(places_)), 2U);
}

TEST_F(queue_test, a_full_lane_does_not_block_the_others) {
  places_.limit(1, 0);
  places_.take(0);
  queue_.push(ticket(1, 0, 10));
  queue_.push(ticket(2, 1, 1));
  EXPECT_EQ(id_of(queue_.next(places_)), 2U);
  places_.take(1);
  EXPECT_FALSE(queue_.next(places_));
  places_.put_back(0);
  EXPECT_EQ(id_of(queue_.next(places_)), 1U);
}

TEST_F(queue_test, nobody_is_next_when_the_provider_is_full) {
  places_.limit(0, 1);
  places_.take(1);
  queue_.push(ticket(1, 0, 10));
  EXPECT_FALSE(queue_.next(places_));
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
  EXPECT_EQ(queue_.next(places_)->requester, 7U);
  EXPECT_TRUE(queue_.empty());
}

// The same rules, written down as plainly as possible.
class naive_queue {
public:
  void push(const waiting& w) { all_.push_back(w); }
  std::optional<waiting> next(const places& free) {
    auto best = all_.end();
    for (auto i = all_.begin(); i != all_.end(); ++i) {
      if (!free.has_room(i->lane)) continue;
      if (best == all_.end() || i->priority > best->priority ||
          (i->priority == best->priority && i->arrived < best->arrived))
        best = i;
    }
    return take(best);
  }
  std::optional<waiting> withdraw(const core::uuid& request, lane l) {
    return take(
        std::find_if(all_.begin(), all_.end(), [&](const waiting& w) { return w.request == request && w.lane == l; }));
  }
  std::size_t count(lane l) const {
    return static_cast<std::size_t>(
        std::count_if(all_.begin(), all_.end(), [&](const waiting& w) { return w.lane == l; }));
  }
  std::size_t count_of_key(std::int64_t key) const {
    return static_cast<std::size_t>(
        std::count_if(all_.begin(), all_.end(), [&](const waiting& w) { return w.process_id == key; }));
  }
  std::vector<waiting> expired(core::steady_time now) {
    std::vector<waiting> out;
    std::copy_if(all_.begin(), all_.end(), std::back_inserter(out),
                 [&](const waiting& w) { return w.deadline <= now; });
    std::erase_if(all_, [&](const waiting& w) { return w.deadline <= now; });
    return out;
  }
  std::size_t size() const { return all_.size(); }

private:
  std::optional<waiting> take(std::vector<waiting>::iterator at) {
    if (at == all_.end()) return std::nullopt;
    const auto w = *at;
    all_.erase(at);
    return w;
  }
  std::vector<waiting> all_;
};

TEST(queue_property, random_operations_give_what_a_naive_queue_gives) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    const std::uint32_t parallel = 1 + pick(3);
    const std::uint32_t overall = 1 + pick(6);
    const std::size_t per_lane = 5 + pick(20);
    const std::size_t per_key = 5 + pick(20);
    places places;
    for (int i = 0; i < 4; ++i)
      places.lane_of(i);
    places.limit(parallel, overall);
    queue real;
    naive_queue model;
    real.bound(static_cast<std::uint32_t>(per_lane), static_cast<std::uint32_t>(per_key));
    auto now = start;
    std::vector<lane> running;
    std::set<std::uint64_t> ended; // served, withdrawn or expired: never twice
    std::uint64_t admitted = 0;
    const auto finish = [&](const waiting& w) { ASSERT_TRUE(ended.insert(w.request.low()).second) << "twice"; };
    for (std::uint64_t step = 1; step <= 1500; ++step) {
      now += std::chrono::microseconds{1 + pick(1000)};
      switch (pick(7)) {
      case 0:
      case 1:
      case 2: {
        auto w = ticket(step, pick(4), static_cast<std::uint8_t>(1 + pick(10)), now);
        w.deadline = now + milliseconds{1 + pick(200)};
        const auto expected = model.count(w.lane) >= per_lane               ? admission::lane_full
                              : model.count_of_key(w.process_id) >= per_key ? admission::key_full
                                                                            : admission::queued;
        ASSERT_EQ(real.push(w), expected);
        if (expected == admission::queued) {
          model.push(w);
          ++admitted;
        }
        break;
      }
      case 3:
      case 4: {
        const auto got = real.next(places);
        const auto expected = model.next(places);
        ASSERT_EQ(id_of(got), id_of(expected)) << "seed " << seed << " step " << step;
        if (!got) break;
        places.take(got->lane);
        running.push_back(got->lane);
        ASSERT_LE(places.taken(got->lane), parallel);
        ASSERT_LE(places.taken(), overall);
        finish(*got);
        break;
      }
      case 5:
        if (!running.empty() && pick(3) != 0) {
          places.put_back(running.back());
          running.pop_back();
        } else {
          const auto request = core::uuid::from_halves(1, 1 + pick(static_cast<unsigned>(step)));
          const auto l = pick(4);
          const auto got = real.withdraw(request, l);
          ASSERT_EQ(id_of(got), id_of(model.withdraw(request, l)));
          if (got) finish(*got);
        }
        break;
      case 6: {
        std::set<std::uint64_t> expected;
        for (const auto& w : model.expired(now))
          expected.insert(w.request.low());
        while (const auto got = real.expire(now)) {
          ASSERT_EQ(expected.erase(got->request.low()), 1U);
          finish(*got);
        }
        ASSERT_TRUE(expected.empty());
        break;
      }
      }
      ASSERT_EQ(real.size(), model.size());
    }
    EXPECT_EQ(ended.size() + real.size(), admitted) << "none is lost";
  }
}

TEST(queue_property, a_decision_among_ten_thousand_is_quick) {
  places places;
  for (int i = 0; i < 50; ++i)
    places.lane_of(i);
  queue queue;
  std::mt19937 random{7};
  constexpr int n = 10'000;
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < n; ++i)
    queue.push(ticket(static_cast<std::uint64_t>(i), random() % 50, static_cast<std::uint8_t>(1 + random() % 10),
                      start + std::chrono::microseconds{random() % 1000}));
  const auto pushed = std::chrono::steady_clock::now();
  int served = 0;
  while (queue.next(places))
    ++served;
  const auto done = std::chrono::steady_clock::now();
  const auto each = [](auto d) { return std::chrono::duration<double, std::micro>(d).count() / n; };
  RecordProperty("push_us", std::to_string(each(pushed - began)));
  RecordProperty("next_us", std::to_string(each(done - pushed)));
  std::printf("push %.2f us, next %.2f us\n", each(pushed - began), each(done - pushed));
  EXPECT_EQ(served, n);
  EXPECT_LT(each(done - began), 200.0) << "quadratic?"; // 20 us in a release build; this also runs under sanitizers
}

} // namespace
} // namespace logos::scheduling
