// SPDX-License-Identifier: MIT
// How much is sent to a server that refuses nobody and tells what waits inside it.
#include "actors/scheduling/allowance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using core::steady_time;

/// A queue of ours that never ends, before a server that works on `at_once`, in virtual time; it is looked at every
/// second. `others` keep as many calls there all the time.
class batching_server {
public:
  batching_server(std::uint32_t at_once, std::uint32_t bound, std::uint32_t others = 0)
      : capacity(at_once),
        allowance_{places_, 1} {
    places_.suppose(bound, 0);
    lane_ = places_.lane_of(100);
    for (std::uint32_t i = 0; i < others; ++i)
      arrive(false);
  }

  void run_for(steady_time::duration span) {
    const auto until = now + span;
    while (now < until) {
      send();
      auto next = std::min(until, next_look_);
      if (!ends_.empty()) next = std::min(next, ends_.begin()->first);
      now = next;
      while (!ends_.empty() && ends_.begin()->first <= now)
        end();
      if (now >= next_look_) look();
    }
  }
  std::uint32_t limit() const { return allowance_.figures_of(lane_, now).limit; }
  std::string why() const { return allowance_.why(lane_, now); }
  std::uint32_t waiting() const { return static_cast<std::uint32_t>(inside_.size()); }
  std::uint32_t ours() const { return places_.taken(); }

  steady_time now{1h};
  std::uint32_t capacity;
  steady_time::duration service = 2s;
  bool tells = true;
  std::uint32_t served = 0;
  std::uint32_t most_waiting = 0;

private:
  struct call {
    steady_time from;
    bool ours;
  };
  void send() {
    while (places_.has_room(lane_) && allowance_.allows(lane_, now)) {
      places_.take(lane_);
      allowance_.granted(lane_, 10, now);
      arrive(true);
    }
  }
  void arrive(bool ours) {
    inside_.push_back({now, ours});
    start();
  }
  void start() {
    while (ends_.size() < capacity && !inside_.empty()) {
      // Of different lengths, so that they do not end together.
      const auto length = service * (75 + (++started_ * 37) % 50) / 100;
      ends_.emplace(now + length, inside_.front());
      inside_.pop_front();
    }
    most_waiting = std::max(most_waiting, waiting());
  }
  void end() {
    const auto ended = ends_.begin()->second;
    ends_.erase(ends_.begin());
    start();
    if (!ended.ours) return arrive(false);
    ++served;
    places_.put_back(lane_);
    allowance_.ended(lane_, {.duration = now - ended.from}, now);
    send();
  }
  void look() {
    next_look_ = now + 1s;
    if (tells)
      allowance_.observe({.running = static_cast<std::int64_t>(ends_.size()), .waiting = std::int64_t{waiting()}}, now);
  }

  places places_;
  allowance allowance_;
  lane lane_ = 0;
  std::deque<call> inside_;
  std::multimap<steady_time, call> ends_;
  steady_time next_look_ = now + 500ms;
  int started_ = 0;
};

TEST(allowance_load, no_more_is_sent_than_the_server_works_on) {
  batching_server s{20, 64};
  s.run_for(10s);
  EXPECT_LE(s.limit(), 22U) << "found in a few looks";
  s.most_waiting = s.served = 0;
  s.run_for(10min);
  EXPECT_GE(s.limit(), 20U);
  EXPECT_LE(s.limit(), 22U);
  EXPECT_LE(s.most_waiting, 3U) << "it is tried again little by little";
  EXPECT_GE(s.served, 20 * 300 * 95 / 100) << "and never idle";
  EXPECT_EQ(s.why(), "the provider takes no more than " + std::to_string(s.limit()) +
                         " requests for this model at a time: more wait inside it");
}

TEST(allowance_load, when_it_has_room_again_more_is_sent) {
  batching_server s{20, 64};
  s.run_for(1min);
  ASSERT_LE(s.limit(), 22U);
  s.capacity = 100;
  s.run_for(1min);
  EXPECT_EQ(s.limit(), 64U);
  EXPECT_EQ(s.ours(), 64U);
}

TEST(allowance_load, it_never_falls_below_one) {
  batching_server s{1, 64};
  s.run_for(10min);
  EXPECT_GE(s.limit(), 1U);
  EXPECT_LE(s.limit(), 2U);
  EXPECT_GE(s.served, 270U);
}

TEST(allowance_load, others_who_fill_the_server_do_not_drive_us_out) {
  batching_server s{20, 16, 40};
  s.run_for(5min);
  EXPECT_EQ(s.limit(), 16U) << "all that waits may be theirs";
}

TEST(allowance_load, a_server_that_says_nothing_more_is_tried_as_one_that_never_did) {
  batching_server s{20, 64};
  s.run_for(1min);
  ASSERT_LE(s.limit(), 22U);
  s.tells = false;
  s.run_for(5min);
  EXPECT_EQ(s.limit(), 64U) << "what it said is old, and it refuses nobody";
}

TEST(allowance_load, short_calls_that_wait_for_the_next_step_are_not_taken_for_too_many) {
  places places;
  places.suppose(64, 0);
  const auto l = places.lane_of(100);
  allowance a{places, 1};
  steady_time now{1h};
  std::uint32_t running = 0, waiting = 0, served = 0;
  for (int step = 1; step <= 60 * 50; ++step) {
    // Whoever comes during a step waits for the next one, in which all that wait are served.
    now += 20ms;
    for (std::uint32_t i = 0; i < running; ++i) {
      places.put_back(l);
      a.ended(l, {.duration = 40ms}, now);
    }
    served += running;
    running = std::exchange(waiting, 0);
    for (; a.allows(l, now) && places.has_room(l) && waiting < 32; ++waiting)
      places.take(l);
    if (step % 50 == 25) a.observe({.running = running, .waiting = waiting}, now);
  }
  EXPECT_GE(served, 60U * 50 * 32 * 3 / 4) << "less of them would be as many that wait, and fewer that are served";
}

TEST(allowance_load, what_the_operator_says_stands) {
  places places;
  places.limit(0, 0, {{100, 30}});
  places.suppose(64, 0);
  const auto said = places.lane_of(100), free = places.lane_of(200);
  allowance a{places, 1};
  places.take(said, 30);
  places.take(free, 30);
  for (int i = 1; i < 4; ++i)
    a.observe({.running = 20, .waiting = 40}, steady_time{1h} + i * 1s);
  EXPECT_EQ(a.figures_of(said, steady_time{1h}).limit, 30U);
  EXPECT_EQ(a.figures_of(free, steady_time{1h}).limit, 10U) << "it gives up its half of the forty";
}

TEST(allowance_load, a_cache_that_is_nearly_full_lets_in_less) {
  places places;
  places.suppose(64, 0);
  const auto l = places.lane_of(100);
  allowance a{places, 1};
  places.take(l, 40);
  for (int i = 1; i < 6; ++i)
    a.observe({.running = 40, .waiting = 0, .kv_used_permille = 980}, steady_time{1h} + i * 1s);
  EXPECT_EQ(a.figures_of(l, steady_time{1h}).limit, 35U) << "once, until those have ended";
  EXPECT_EQ(a.why(l, steady_time{1h}), "the provider takes no more than 35 requests for this model at a time: its "
                                       "cache of keys and values is nearly full");
}

TEST(places, where_the_operator_says_nothing_the_servers_slots_are_all_there_are) {
  places p;
  const auto a = p.lane_of(1), b = p.lane_of(2);
  p.limit(0, 0);
  p.suppose(4, 4);
  EXPECT_FALSE(p.is_said(a));
  p.take(a, 3);
  EXPECT_TRUE(p.has_room(b));
  p.take(b);
  EXPECT_FALSE(p.has_room(a));
  EXPECT_FALSE(p.has_room(b));
  EXPECT_TRUE(p.full());
  p.limit(0, 0, {{2, 8}});
  EXPECT_EQ(p.room(b), 4U) << "eight of this one, as the operator says, less what the other has";
  EXPECT_EQ(p.room(a), 1U);
  p.limit(16, 0);
  EXPECT_TRUE(p.is_said(a));
  EXPECT_EQ(p.room(a), 13U) << "and what the operator says of all stands";
  p.limit(0, 10);
  EXPECT_EQ(p.limit(), 4U) << "no more than ten are no ten";
  EXPECT_FALSE(p.overall_is_said());
  p.limit(0, 3);
  EXPECT_EQ(p.limit(), 3U);
  EXPECT_TRUE(p.overall_is_said());
  p.limit(0, 10, {{2, 8}});
  EXPECT_EQ(p.limit(), 8U) << "the operator's eight of one stand";
  p.limit(0, 6, {{2, 8}});
  EXPECT_EQ(p.limit(), 6U);
  p.limit(16, 10);
  EXPECT_EQ(p.limit(), 10U);
}

} // namespace
} // namespace logos::scheduling
