// SPDX-License-Identifier: MIT
#include "tests/actors/scheduler_fixture.hpp"

#include <gtest/gtest.h>

#include <set>

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

TEST_F(scheduler_outlook, who_is_put_aside_hears_what_for_and_when_its_turn_is_expected) {
  start(1);
  ask_for(1);
  ask_for(2);
  learn(4s); // 2 runs now
  ask_for(3);
  auto aside = ticket(4, 100, false);
  aside.defer_us = 60'000'000;
  ask_for(aside);
  advance(1s);
  const auto o = outlook(4);
  EXPECT_EQ(state_of(o), ticket_state::deferred);
  EXPECT_EQ(o.joins_in_us, 59'000'000);
  EXPECT_EQ(o.starts_in_us, 8'000'000) << "the place falls idle when 2 and 3 have been served";
  EXPECT_NE(o.blocked_by.find("expected sooner elsewhere; it joins the queue here in 59000 ms"), std::string::npos)
      << o.blocked_by;
  EXPECT_EQ(outlook(3).joins_in_us, -1);
  // What was expected comes true.
  tell(scheduler_, release_of(log_.offers.back()));
  tell(scheduler_, release_of(log_.offers.back()));
  EXPECT_EQ(log_.offers.back().request, request(4));
}

TEST_F(scheduler_outlook, a_place_that_is_free_is_kept_for_others_until_the_one_put_aside_joins) {
  start(1);
  auto aside = ticket(1, 100, false);
  aside.defer_us = 3'000'000;
  ask_for(aside);
  EXPECT_EQ(outlook(1).starts_in_us, 3'000'000);
  advance(3100ms);
  EXPECT_EQ(state_of(outlook(1)), ticket_state::offered);
}

TEST_F(scheduler_outlook, lists_who_waits_in_pages_with_the_positions_that_it_explains) {
  start(1);
  for (std::uint64_t i = 1; i <= 6; ++i) {
    auto t = ticket(i, i % 2 == 0 ? 100 : 101);
    t.process_id = static_cast<std::int64_t>(i % 3 + 1);
    t.priority = i == 6 ? 10 : 5;
    t.weight = 3;
    t.tokens = 7;
    ask_for(t);
  }
  auto aside = ticket(7, 100, false);
  aside.defer_us = 60'000'000;
  ask_for(aside);
  actors::queue_question asked;
  asked.deployments = {100, 101};
  asked.limit = 2;
  std::vector<std::uint64_t> seen;
  while (true) {
    const auto page = ask<actors::queue_page>(scheduler_, atom::explain_v, asked);
    if (page.tickets.empty()) break;
    ASSERT_LE(page.tickets.size(), 2U);
    for (const auto& t : page.tickets) {
      seen.push_back(t.request.low());
      if (t.deferred) continue;
      EXPECT_EQ(t.expects.ahead, outlook(t.request.low()).ahead) << t.request.low();
      EXPECT_EQ(t.weight, 3U);
      EXPECT_EQ(t.tokens, 7U);
    }
    asked.after_deployment = page.tickets.back().expects.deployment_id;
    asked.after_request = page.tickets.back().request;
  }
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{4, 6, 7, 3, 5})) << "1 and 2 run: a place for each model";
  asked = {};
  asked.deployments = {100};
  const auto all = ask<actors::queue_page>(scheduler_, atom::explain_v, asked);
  ASSERT_EQ(all.tickets.size(), 3U);
  EXPECT_EQ(all.tickets[1].expects.ahead, 0U) << "6 is of a higher class";
  EXPECT_TRUE(all.tickets[2].deferred);
  asked.processes = {1};
  EXPECT_EQ(ask<actors::queue_page>(scheduler_, atom::explain_v, asked).tickets.size(), 2U) << "6 and 7";
}

TEST_F(scheduler_outlook, a_list_of_ten_thousand_is_made_in_little_time) {
  auto t = terms(1);
  t.queue_per_model = t.queue_per_key = 0;
  start(t);
  for (std::uint64_t i = 1; i <= 10'001; ++i) {
    auto each = ticket(i);
    each.process_id = static_cast<std::int64_t>(i % 50);
    caf::anon_send(scheduler_, each, ingress_);
  }
  run();
  actors::queue_question asked;
  asked.deployments = {100};
  asked.limit = 1'000;
  const auto page = ask<actors::queue_page>(scheduler_, atom::explain_v, asked);
  EXPECT_EQ(page.tickets.size(), 1'000U);
  std::set<std::uint32_t> positions;
  asked.limit = 20'000;
  for (const auto& each : ask<actors::queue_page>(scheduler_, atom::explain_v, asked).tickets)
    positions.insert(each.expects.ahead);
  EXPECT_EQ(positions.size(), 10'000U);
  EXPECT_EQ(*positions.rbegin(), 9'999U);
}

TEST_F(scheduler_outlook, expects_the_first_token_by_the_length_of_the_prompt) {
  start(1);
  ask_for(1);
  auto waits = ticket(2);
  waits.prompt_tokens = 2'000;
  ask_for(waits);
  EXPECT_EQ(outlook(2).first_token_in_us, -1);
  for (std::uint64_t i = 10; i < 30; ++i) {
    auto r = release_of(log_.offers.back());
    r.prompt_tokens = 100 * static_cast<std::uint32_t>(i % 10 + 1);
    r.completion_tokens = 10;
    r.first_byte_us = 50'000 + r.prompt_tokens * std::int64_t{1'000};
    r.duration_us = 2'000'000;
    tell(scheduler_, r);
    ask_for(i);
  }
  waits = ticket(40);
  waits.prompt_tokens = 2'000;
  ask_for(waits);
  const auto o = outlook(40);
  ASSERT_GE(o.starts_in_us, 0);
  EXPECT_NEAR(static_cast<double>(o.first_token_in_us - o.starts_in_us), 2'050'000, 20'000);
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
  EXPECT_GE(outlook(3).starts_in_us, 20'000'000);
  EXPECT_LE(outlook(3).starts_in_us, 20'250'000) << "who comes back is spread a little";
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
