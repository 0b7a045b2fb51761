// SPDX-License-Identifier: MIT
#include "tests/actors/scheduler_fixture.hpp"

#include <gtest/gtest.h>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using actors::ticket_state;

class scheduler_outlook : public scheduler_fixture {
protected:
  std::vector<actors::outlook> outlooks(std::uint64_t id) {
    return ask<std::vector<actors::outlook>>(scheduler_, atom::explain_v, request(id));
  }
  actors::outlook outlook(std::uint64_t id) {
    const auto all = outlooks(id);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? actors::outlook{} : all.front();
  }
  static ticket_state state_of(const actors::outlook& o) { return static_cast<ticket_state>(o.state); }
  /// A call that took so long has ended well, so that something is known.
  void learn(std::chrono::microseconds took) {
    auto r = release_of(log_.offers.back());
    r.duration_us = took.count();
    tell(scheduler_, r);
  }
};

TEST_F(scheduler_outlook, says_how_many_go_first_and_how_many_of_them_are_of_the_same_key) {
  start(1);
  ask_for(1);
  ask_for(2);
  auto other = ticket(3);
  other.process_id = 9;
  ask_for(other);
  ask_for(4);
  const auto last = outlook(4);
  EXPECT_EQ(state_of(last), ticket_state::waiting);
  EXPECT_EQ(last.ahead, 2U);
  EXPECT_EQ(last.ahead_own_key, 1U);
  EXPECT_EQ(last.waiting, 3U);
  EXPECT_EQ(last.in_use, 1U);
  EXPECT_EQ(last.places, 1U);
  EXPECT_EQ(last.places_in_all, 0U) << "no limit";
  EXPECT_EQ(outlook(2).ahead, 0U);
  tell(scheduler_, actors::withdrawal{request(2), 100});
  EXPECT_EQ(outlook(4).ahead, 1U) << "the position moves";
}

TEST_F(scheduler_outlook, says_what_blocks_how_long_it_has_waited_and_how_long_it_may) {
  start(1);
  ask_for(1);
  auto t = ticket(2);
  t.waited_us = 5'000'000;
  ask_for(t);
  advance(2s);
  const auto o = outlook(2);
  EXPECT_EQ(o.waited_us, 7'000'000);
  EXPECT_EQ(o.patience_us, 298'000'000);
  EXPECT_NE(o.blocked_by.find("all 1 places of this model are in use"), std::string::npos) << o.blocked_by;
}

TEST_F(scheduler_outlook, expects_what_calls_have_taken_lately_and_nothing_before_the_first) {
  start(1);
  ask_for(1);
  ask_for(2);
  EXPECT_EQ(outlook(2).starts_in_us, -1);
  learn(4s); // 2 runs now
  ask_for(3);
  ask_for(4);
  EXPECT_EQ(outlook(3).starts_in_us, 4'000'000);
  EXPECT_EQ(outlook(4).starts_in_us, 8'000'000);
}

TEST_F(scheduler_outlook, expects_nothing_of_a_provider_that_is_away_and_the_end_of_a_pause) {
  start(1);
  ask_for(1);
  learn(4s);
  ask_for(2);
  ask_for(3);
  observe(false, "refused");
  EXPECT_EQ(outlook(3).starts_in_us, -1);
  EXPECT_NE(outlook(3).blocked_by.find("cannot be reached"), std::string::npos);
  observe(true);
  auto overloaded = release_of(log_.offers.back(), core::ec::none, 429);
  overloaded.retry_after_s = 20;
  tell(scheduler_, overloaded);
  EXPECT_EQ(outlook(3).starts_in_us, 20'000'000);
}

TEST_F(scheduler_outlook, knows_what_is_offered_and_what_runs_and_nobody_else) {
  start(2);
  ask_for(ticket(1, 100, false));
  EXPECT_EQ(state_of(outlook(1)), ticket_state::offered);
  tell(scheduler_, actors::acceptance{log_.offers.back().permit, log_.offers.back().epoch});
  EXPECT_EQ(state_of(outlook(1)), ticket_state::running);
  EXPECT_TRUE(outlooks(77).empty());
}

TEST_F(scheduler_outlook, an_offer_tells_what_still_waited_and_its_priority) {
  start(1);
  ask_for(1);
  EXPECT_EQ(log_.offers.back().depth_at_schedule, 0);
  auto high = ticket(2);
  high.priority = 9;
  ask_for(3);
  ask_for(high);
  learn(1s);
  EXPECT_EQ(log_.offers.back().request, request(2));
  EXPECT_EQ(log_.offers.back().priority, 9);
  EXPECT_EQ(log_.offers.back().depth_at_schedule, 1);
  EXPECT_EQ(log_.offers.back().depth_at_arrival, 1U);
}

TEST_F(scheduler_outlook, a_load_that_is_under_way_is_counted) {
  auto t = terms(2);
  t.memory_bytes = 24ull << 30;
  t.deployments = {{100, "chat", 0}};
  start(t);
  // Nobody is there to load it, so its load begins only with a loader; until then nothing is known.
  actors::provider_observation seen;
  seen.provider_id = 1;
  seen.reachable = true;
  seen.lists_memory = true;
  seen.vram_used_bytes = 10ull << 30;
  tell(scheduler_, seen);
  ask_for(1);
  const auto o = outlook(1);
  EXPECT_EQ(o.starts_in_us, -1);
  EXPECT_EQ(o.load_left_us, -1);
  EXPECT_NE(o.blocked_by.find("not in memory"), std::string::npos) << o.blocked_by;
  actors::loaded_model chat{.name = "chat", .bytes = 1 << 20, .vram_bytes = 1 << 20, .load_us = 0};
  seen.loaded_models = {chat};
  tell(scheduler_, seen);
  EXPECT_EQ(log_.offers.back().vram_left_mb, 14 * 1024);
}

} // namespace
} // namespace logos::scheduling
