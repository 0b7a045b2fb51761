// SPDX-License-Identifier: MIT
#include "tests/actors/scheduler_fixture.hpp"

#include <caf/all.hpp>

#include <random>
#include <set>

namespace logos::scheduling {
namespace {

using core::ec;
using namespace std::chrono_literals;

class scheduler_test : public scheduler_fixture {};

TEST_F(scheduler_test, a_free_place_is_offered_at_once_and_named_with_its_epoch) {
  start(2);
  ask_for(1);
  ASSERT_EQ(offered(), ids{1});
  const auto& o = log_.offers[0];
  EXPECT_EQ(o.deployment_id, 100);
  EXPECT_EQ(o.provider_id, 1);
  EXPECT_EQ(o.epoch, epoch_);
  EXPECT_EQ(o.queued_us, 0);
  EXPECT_EQ(state(), "1 in flight, 0 waiting");
}

TEST_F(scheduler_test, a_release_of_any_kind_frees_the_place_for_the_next) {
  start(1);
  for (std::uint64_t id = 1; id <= 4; ++id)
    ask_for(id);
  EXPECT_EQ(offered(), ids{1});
  EXPECT_EQ(state(), "1 in flight, 3 waiting");
  advance(2s);
  tell(scheduler_, release_of(log_.offers[0]));
  EXPECT_EQ(offered(), (ids{1, 2}));
  EXPECT_EQ(log_.offers[1].queued_us, 2'000'000);
  EXPECT_EQ(log_.offers[1].depth_at_arrival, 0U);
  EXPECT_EQ(log_.offers[1].in_flight_at_arrival, 1U);
  tell(scheduler_, release_of(log_.offers[1], ec::upstream_error, 500));
  EXPECT_EQ(offered(), (ids{1, 2, 3}));
  tell(scheduler_, release_of(log_.offers[2], ec::first_token_timeout, 0));
  EXPECT_EQ(offered(), (ids{1, 2, 3, 4}));
  EXPECT_EQ(log_.offers[3].depth_at_arrival, 2U);
  tell(scheduler_, release_of(log_.offers[3], ec::client_gone, 0));
  EXPECT_EQ(state(), "0 in flight, 0 waiting");
}

TEST_F(scheduler_test, a_release_that_comes_twice_or_from_nowhere_frees_nothing) {
  start(1);
  ask_for(1);
  ask_for(2);
  ask_for(3);
  const auto first = release_of(log_.offers[0]);
  tell(scheduler_, first);
  tell(scheduler_, first);
  auto strange = release_of(log_.offers[1]);
  strange.epoch -= 1;
  tell(scheduler_, strange);
  EXPECT_EQ(offered(), (ids{1, 2}));
  EXPECT_EQ(strays().releases, 2U);
}

TEST_F(scheduler_test, an_offer_to_one_of_several_tickets_holds_its_place_until_accepted_and_released) {
  start(1);
  ask_for(ticket(1, 100, false));
  ask_for(2);
  ASSERT_EQ(offered(), ids{1});
  tell(scheduler_, actors::acceptance{log_.offers[0].permit, log_.offers[0].epoch});
  EXPECT_EQ(offered(), ids{1});
  tell(scheduler_, release_of(log_.offers[0]));
  EXPECT_EQ(offered(), (ids{1, 2}));
  EXPECT_EQ(strays().acceptances, 0U);
}

TEST_F(scheduler_test, a_withdrawal_ends_a_ticket_that_waits_or_is_offered) {
  start(1);
  ask_for(ticket(1, 100, false));
  ask_for(2);
  ask_for(3);
  tell(scheduler_, actors::withdrawal{request(2), 100});
  tell(scheduler_, actors::withdrawal{request(1), 100});
  EXPECT_EQ(offered(), (ids{1, 3}));
  tell(scheduler_, actors::acceptance{log_.offers[0].permit, log_.offers[0].epoch});
  tell(scheduler_, actors::withdrawal{request(1), 100});
  EXPECT_EQ(state(), "1 in flight, 0 waiting");
  EXPECT_EQ(strays().acceptances, 1U);
  EXPECT_EQ(strays().withdrawals, 1U);
}

TEST_F(scheduler_test, a_withdrawal_that_wants_an_answer_hears_how_many_waited_when_the_ticket_came) {
  start(1);
  for (std::uint64_t id = 1; id <= 4; ++id)
    ask_for(id);
  auto aside = ticket(5, 100, false);
  aside.defer_us = 60'000'000;
  ask_for(aside);
  tell(scheduler_, actors::withdrawal{request(2), 100});
  EXPECT_TRUE(log_.refusals.empty());
  tell(scheduler_, actors::withdrawal{request(4), 100, true});
  tell(scheduler_, actors::withdrawal{request(5), 100, true});
  tell(scheduler_, actors::withdrawal{request(5), 100, true}); // it does not wait any more
  ASSERT_EQ(log_.refusals.size(), 2U);
  EXPECT_EQ(log_.refusals[0].code, static_cast<std::uint8_t>(ec::client_gone));
  EXPECT_EQ(log_.refusals[0].depth_at_arrival, 2);
  EXPECT_EQ(log_.refusals[1].depth_at_arrival, 3);
}

TEST_F(scheduler_test, a_withdrawal_that_crosses_the_offer_of_a_sole_ticket_ends_its_permit) {
  start(1);
  ask_for(1);
  tell(scheduler_, actors::withdrawal{request(1), 100});
  EXPECT_EQ(state(), "0 in flight, 0 waiting");
  tell(scheduler_, release_of(log_.offers[0]));
  EXPECT_EQ(state(), "0 in flight, 0 waiting");
}

TEST_F(scheduler_test, priority_goes_first_and_a_full_model_does_not_block_another) {
  start(1, 2);
  ask_for(ticket(1, 100));
  ask_for(ticket(2, 100));
  auto urgent = ticket(3, 100);
  urgent.priority = 10;
  ask_for(urgent);
  ask_for(ticket(4, 200));
  EXPECT_EQ(offered(), (ids{1, 4}));
  ask_for(ticket(5, 300));
  EXPECT_EQ(offered(), (ids{1, 4})) << "two in flight at most over all models";
  tell(scheduler_, release_of(log_.offers[0]));
  EXPECT_EQ(offered(), (ids{1, 4, 3}));
}

TEST_F(scheduler_test, a_full_queue_refuses_with_the_time_until_there_is_room_in_it) {
  auto t = terms(2);
  t.queue_per_model = 3;
  start(t);
  ask_for(1);
  auto done = release_of(log_.offers[0]);
  done.duration_us = 20'000'000;
  tell(scheduler_, done);
  for (std::uint64_t id = 2; id <= 6; ++id)
    ask_for(id);
  EXPECT_TRUE(log_.refusals.empty());
  ask_for(7);
  ASSERT_EQ(log_.refusals.size(), 1U);
  EXPECT_EQ(log_.refusals[0].code, static_cast<std::uint8_t>(ec::queue_full));
  EXPECT_EQ(log_.refusals[0].request, request(7));
  EXPECT_EQ(log_.refusals[0].retry_after_s, 30U) << "one must leave: 20 s in two places, and two deviations more";
  ask_for(8);
  EXPECT_EQ(log_.refusals.at(1).retry_after_s, 49U) << "the next place is 7's: for this one two must leave";
}

TEST_F(scheduler_test, a_key_has_a_bound_of_its_own) {
  auto t = terms(1);
  t.queue_per_key = 1;
  start(t);
  ask_for(1);
  ask_for(2);
  ask_for(3);
  auto other = ticket(4);
  other.process_id = 2;
  ask_for(other);
  ASSERT_EQ(log_.refusals.size(), 1U);
  EXPECT_EQ(log_.refusals[0].code, static_cast<std::uint8_t>(ec::queue_full));
  EXPECT_EQ(state(), "1 in flight, 2 waiting");
}

TEST_F(scheduler_test, patience_ends_with_words_that_say_how_long_and_for_what) {
  start(1);
  ask_for(1);
  auto t = ticket(2);
  t.patience_us = 30'000'000;
  t.waited_us = 2'000'000;
  ask_for(t);
  ask_for(3);
  advance(29s);
  EXPECT_TRUE(log_.refusals.empty());
  advance(1100ms);
  ASSERT_EQ(log_.refusals.size(), 1U);
  EXPECT_EQ(log_.refusals[0].code, static_cast<std::uint8_t>(ec::queue_timeout));
  EXPECT_EQ(log_.refusals[0].message,
            "Waited 32.0 s for a place at gpu-1: all 1 places of this model are in use, 1 more requests wait for it.");
  tell(scheduler_, release_of(log_.offers[0]));
  EXPECT_EQ(offered(), (ids{1, 3}));
}

TEST_F(scheduler_test, an_earlier_deadline_is_kept_though_a_later_one_was_first) {
  start(1);
  ask_for(1);
  ask_for(2);
  for (std::uint64_t id = 10; id < 20; ++id) {
    auto t = ticket(id);
    t.patience_us = static_cast<std::int64_t>(30 - id) * 1'000'000;
    ask_for(t);
  }
  advance(11100ms);
  ASSERT_EQ(log_.refusals.size(), 1U);
  EXPECT_EQ(log_.refusals[0].request, request(19));
  advance(1s);
  ASSERT_EQ(log_.refusals.size(), 2U);
  EXPECT_EQ(log_.refusals[1].request, request(18));
}

TEST_F(scheduler_test, without_patience_it_is_now_or_never) {
  start(1);
  auto t = ticket(1);
  t.patience_us = 0;
  ask_for(t);
  t.request = request(2);
  ask_for(t);
  EXPECT_EQ(offered(), ids{1});
  ASSERT_EQ(log_.refusals.size(), 1U);
  EXPECT_EQ(log_.refusals[0].code, static_cast<std::uint8_t>(ec::queue_timeout));
}

TEST_F(scheduler_test, whoever_waits_for_an_unreachable_provider_is_refused_after_the_grace) {
  start(1);
  observe(false, "connection refused");
  ask_for(1);
  ask_for(2);
  EXPECT_TRUE(log_.offers.empty());
  advance(2900ms);
  EXPECT_TRUE(log_.refusals.empty());
  advance(200ms);
  ASSERT_EQ(log_.refusals.size(), 2U);
  EXPECT_EQ(log_.refusals[0].code, static_cast<std::uint8_t>(ec::no_provider));
  EXPECT_EQ(log_.refusals[0].message, "Provider gpu-1 cannot be reached (connection refused).");
  EXPECT_EQ(log_.refusals[0].retry_after_s, 4U) << "away for three seconds: looked at again within as many";
  ask_for(3);
  EXPECT_EQ(log_.refusals.size(), 3U) << "fails fast from now on";
  advance(600s);
  ask_for(5);
  EXPECT_EQ(log_.refusals.at(3).retry_after_s, 30U) << "it is never looked at more seldom";
  observe(true);
  ask_for(4);
  EXPECT_EQ(offered(), ids{4});
}

TEST_F(scheduler_test, a_provider_that_is_back_within_the_grace_serves_whoever_waited) {
  start(1);
  observe(false);
  ask_for(1);
  advance(1s);
  observe(true);
  EXPECT_EQ(offered(), ids{1});
  advance(10s);
  EXPECT_TRUE(log_.refusals.empty());
}

TEST_F(scheduler_test, a_provider_that_asks_for_a_pause_gets_it) {
  start(2);
  ask_for(1);
  auto busy = release_of(log_.offers[0], ec::upstream_error, 429);
  busy.retry_after_s = 7;
  tell(scheduler_, busy);
  ask_for(2);
  advance(6900ms);
  EXPECT_EQ(offered(), ids{1});
  advance(200ms);
  EXPECT_EQ(offered(), (ids{1, 2}));
}

TEST_F(scheduler_test, terms_change_while_requests_run) {
  start(1);
  for (std::uint64_t id = 1; id <= 6; ++id)
    ask_for(id);
  tell(scheduler_, terms(3));
  EXPECT_EQ(offered(), (ids{1, 2, 3}));
  tell(scheduler_, terms(2));
  tell(scheduler_, release_of(log_.offers[0]));
  EXPECT_EQ(offered(), (ids{1, 2, 3})) << "shrinking waits for releases";
  tell(scheduler_, release_of(log_.offers[1]));
  EXPECT_EQ(offered(), (ids{1, 2, 3, 4}));
  tell(scheduler_, terms(0));
  EXPECT_EQ(offered(), (ids{1, 2, 3, 4, 5, 6})) << "no limit";
}

TEST_F(scheduler_test, nothing_is_granted_without_the_lease_and_it_goes_on_with_it) {
  lease_end_ = clock().steady() + 2s;
  start(1);
  ask_for(1);
  tell(scheduler_, release_of(log_.offers[0]));
  advance(2s);
  ask_for(2);
  EXPECT_EQ(offered(), ids{1});
  EXPECT_EQ(state(), "0 in flight, 1 waiting; no lease");
  right_->extend(clock().steady() + 10s);
  advance(300ms);
  EXPECT_EQ(offered(), (ids{1, 2}));
}

TEST_F(scheduler_test, a_dead_requester_waits_no_more_but_what_it_holds_counts_until_released) {
  start(2);
  tests::requester_log log;
  auto other = requester("ingress/1", log);
  tell(scheduler_, ticket(1), other);
  tell(scheduler_, ticket(2, 100, false), other);
  tell(scheduler_, ticket(3), other);
  ASSERT_EQ(log.offers.size(), 2U);
  kill(other);
  EXPECT_EQ(state(), "1 in flight, 0 waiting") << "the offer that nobody can accept any more has ended";
  tell(scheduler_, release_of(log.offers[0]));
  EXPECT_EQ(state(), "0 in flight, 0 waiting");
}

TEST_F(scheduler_test, death_after_acceptance_leaves_the_permit_to_whoever_carries_it) {
  start(1);
  tests::requester_log log;
  auto other = requester("ingress/1", log);
  tell(scheduler_, ticket(1, 100, false), other);
  tell(scheduler_, actors::acceptance{log.offers[0].permit, log.offers[0].epoch});
  kill(other);
  ask_for(2);
  EXPECT_TRUE(log_.offers.empty());
  tell(scheduler_, release_of(log.offers[0]));
  EXPECT_EQ(offered(), ids{2});
}

TEST_F(scheduler_test, a_requester_made_again_says_what_survived_of_its_predecessor) {
  start(3);
  tests::requester_log log;
  auto before = requester("ingress/1", log);
  tell(scheduler_, ticket(1), before);
  tell(scheduler_, ticket(2), before);
  tell(scheduler_, ticket(3), before);
  kill(before);
  EXPECT_EQ(state(), "3 in flight, 0 waiting");
  auto after = requester("ingress/1", log);
  const auto& o = log.offers[1];
  tell(scheduler_, actors::inventory{"ingress/1", {{o.request, o.permit, o.epoch, 100, 100, 1}}}, after);
  EXPECT_EQ(state(), "1 in flight, 0 waiting");
  tell(scheduler_, release_of(o));
  EXPECT_EQ(state(), "0 in flight, 0 waiting");
}

TEST_F(scheduler_test, a_storm_is_served_whole_and_never_beyond_the_limits) {
  auto t = terms(4, 10);
  t.queue_per_model = t.queue_per_key = 0;
  start(t);
  constexpr std::uint64_t n = 10'000;
  std::mt19937 random{3};
  for (std::uint64_t id = 1; id <= n; ++id) {
    auto wish = ticket(id, 100 + static_cast<std::int64_t>(random() % 5));
    wish.priority = static_cast<std::uint8_t>(1 + random() % 10);
    caf::anon_send(scheduler_, wish, ingress_);
  }
  run();
  EXPECT_EQ(state(), "10 in flight, 9990 waiting");
  std::set<std::uint64_t> served;
  for (std::size_t done = 0; done < log_.offers.size(); ++done) {
    ASSERT_TRUE(served.insert(log_.offers[done].request.low()).second) << "twice";
    std::map<std::int64_t, int> in_flight;
    for (std::size_t i = done; i < log_.offers.size(); ++i)
      ASSERT_LE(++in_flight[log_.offers[i].deployment_id], 4);
    ASSERT_LE(log_.offers.size() - done, 10U);
    tell(scheduler_, release_of(log_.offers[done]));
  }
  EXPECT_EQ(served.size(), n);
  EXPECT_EQ(state(), "0 in flight, 0 waiting");
  EXPECT_TRUE(log_.refusals.empty());
}

} // namespace
} // namespace logos::scheduling
