// SPDX-License-Identifier: MIT
// What a full queue's `retry-after` promises, against what the SCHEDULER then does.
#include "tests/actors/scheduler_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <queue>
#include <random>
#include <set>
#include <vector>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

class scheduler_room : public scheduler_fixture {
protected:
  /// Somebody was sent away, with a promise.
  struct promise {
    actors::ticket ticket;
    core::steady_time made, due;
    bool has_room = false;
  };
  struct moment {
    core::steady_time at;
    std::size_t what; // of `ends_` or `promises_`
    bool is_end;
    bool operator>(const moment& x) const { return at > x.at; }
  };
  struct outcome {
    int kept = 0, broken = 0;
    std::vector<double> factors; // what was promised over what it really took until there was room
  };

  void begin(std::uint32_t parallel, std::uint32_t per_model, std::uint32_t per_key, std::uint64_t seed, bool spread) {
    auto t = terms(parallel);
    t.queue_per_model = per_model;
    t.queue_per_key = per_key;
    if (scheduler_) crash();
    log_.offers.clear();
    log_.refusals.clear();
    seen_ = refused_ = 0;
    promises_.clear();
    ends_.clear();
    moments_ = {};
    start(t);
    chance_.seed(seed);
    spread_ = spread;
    by_key_ = per_key != 0;
    // What calls take is known.
    for (int i = 0; i < 40; ++i) {
      ask_for(ticket(++serial_));
      auto r = release_of(log_.offers.back());
      r.duration_us = mean.count();
      tell(scheduler_, r);
    }
    seen_ = log_.offers.size();
  }
  /// A request that nobody has brought before.
  void bring(std::int64_t key, std::uint8_t priority = 5) {
    auto t = ticket(++serial_);
    t.process_id = key;
    t.priority = priority;
    t.tokens = 100;
    t.patience_us = microseconds{24h}.count();
    tickets_[t.request] = t;
    ask_for(t);
    look();
  }
  /// Until everybody who was sent away has come back once, and been served.
  void run_out() {
    while (!moments_.empty()) {
      const auto next = moments_.top();
      moments_.pop();
      if (next.at > clock().steady()) advance(std::chrono::duration_cast<microseconds>(next.at - clock().steady()));
      if (next.is_end)
        tell(scheduler_, ends_[next.what]);
      else
        come_back(promises_[next.what]);
      look();
    }
  }

  /// The n-th who was sent away has room when the n-th has got a place since: promised over that, in the middle.
  double typical_factor() {
    auto& all = seen_of_.factors;
    EXPECT_FALSE(all.empty());
    if (all.empty()) return 1e9;
    std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
    return all[all.size() / 2];
  }

  static constexpr microseconds mean = 20s;
  outcome seen_of_;
  std::vector<promise> promises_;

private:
  void look() {
    for (; seen_ < log_.offers.size(); ++seen_) {
      const auto& o = log_.offers[seen_];
      if (o.queued_us > 0) note_departure(tickets_.at(o.request).process_id);
      auto r = release_of(o);
      std::exponential_distribution<double> length{1.0 / static_cast<double>(mean.count())};
      std::uniform_int_distribution<std::int64_t> first{1, mean.count()}; // the phases of those who begin together
      const bool at_start = o.queued_us == 0;
      r.duration_us = spread_    ? static_cast<std::int64_t>(length(chance_)) + 1
                      : at_start ? first(chance_)
                                 : mean.count();
      // What is learned is what calls take, not the rest of those that had begun before.
      moments_.push({clock().steady() + microseconds{r.duration_us}, ends_.size(), true});
      if (!spread_) r.duration_us = mean.count();
      ends_.push_back(r);
    }
    for (; refused_ < log_.refusals.size(); ++refused_) {
      const auto& no = log_.refusals[refused_];
      ASSERT_EQ(no.code, static_cast<std::uint8_t>(core::ec::queue_full));
      auto t = tickets_.at(no.request);
      if (came_back_.contains(no.request)) {
        ++seen_of_.broken;
        continue;
      }
      const auto now = clock().steady();
      promises_.push_back({t, now, now + std::chrono::seconds{no.retry_after_s}, false});
      moments_.push({promises_.back().due, promises_.size() - 1, false});
    }
  }
  /// Whoever was sent away first, of this key where keys have bounds, would have room now.
  void note_departure(std::int64_t key) {
    for (auto& p : promises_) {
      if (p.has_room || (by_key_ && p.ticket.process_id != key)) continue;
      p.has_room = true;
      const auto took = std::chrono::duration<double>(clock().steady() - p.made).count();
      const auto told = std::chrono::duration<double>(p.due - p.made).count();
      seen_of_.factors.push_back(told / std::max(took, 1.0)); // whole seconds are told
      return;
    }
  }
  void come_back(const promise& p) {
    came_back_.insert(p.ticket.request);
    const auto before = log_.refusals.size();
    ask_for(p.ticket);
    if (log_.refusals.size() == before) ++seen_of_.kept;
  }

  std::mt19937_64 chance_;
  bool spread_ = true, by_key_ = false;
  std::uint64_t serial_ = 0;
  std::size_t seen_ = 0, refused_ = 0;
  std::map<core::uuid, actors::ticket> tickets_;
  std::set<core::uuid> came_back_;
  std::vector<actors::release> ends_;
  std::priority_queue<moment, std::vector<moment>, std::greater<>> moments_;
};

TEST_F(scheduler_room, everybody_of_a_burst_has_room_when_it_comes_back_as_told) {
  // A bound for the model: calls of which no two are alike, and calls that are all equally long.
  for (const bool spread : {true, false})
    for (const std::uint32_t parallel : {1U, 4U}) {
      seen_of_ = {};
      for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        begin(parallel, 20, 0, seed, spread);
        for (std::uint32_t i = 0; i < parallel + 20 + 20; ++i)
          bring(1 + i % 7);
        run_out();
      }
      EXPECT_EQ(seen_of_.kept + seen_of_.broken, 500) << spread << parallel;
      EXPECT_LE(seen_of_.broken, 50) << "at least nine in ten: " << spread << parallel;
      EXPECT_LE(typical_factor(), 3) << spread << parallel;
    }
}

TEST_F(scheduler_room, who_asks_again_and_again_makes_nobody_wait_longer_than_for_the_whole_queue) {
  begin(1, 20, 0, 1, true);
  for (int i = 0; i < 21 + 1'000; ++i)
    bring(1);
  bring(2);
  EXPECT_EQ(log_.refusals.back().retry_after_s, 579U) << "20 calls of 20 s, and two deviations";
}

TEST_F(scheduler_room, a_key_with_a_bound_of_its_own_is_told_of_its_own_class_and_share) {
  for (const std::uint8_t priority : {std::uint8_t{10}, std::uint8_t{5}}) {
    seen_of_ = {};
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      begin(2, 0, 8, seed, true);
      for (int key = 2; key <= 5; ++key)
        for (int i = 0; i < 8; ++i)
          bring(key);
      for (int i = 0; i < 16; ++i)
        bring(1, priority);
      run_out();
    }
    EXPECT_GE(seen_of_.kept + seen_of_.broken, 80);
    EXPECT_LE(seen_of_.broken * 10, seen_of_.kept + seen_of_.broken)
        << "at least nine in ten, of priority " << priority;
    EXPECT_LE(typical_factor(), 4) << "of priority " << priority;
  }
}

TEST_F(scheduler_room, one_of_a_higher_class_is_let_in_sooner_and_is_told_so) {
  const auto told = [this](std::uint8_t priority) {
    begin(1, 0, 4, 1, true);
    bring(9); // runs
    for (int key = 2; key <= 9; ++key)
      for (int i = 0; i < 4; ++i)
        bring(key);
    for (int i = 0; i < 5; ++i)
      bring(1, priority);
    return log_.refusals.back().retry_after_s;
  };
  EXPECT_LT(told(10) * 2, told(5));
}

} // namespace
} // namespace logos::scheduling
