// SPDX-License-Identifier: MIT
#include "tests/actors/scheduler_fixture.hpp"

#include <caf/all.hpp>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using actors::held_permit;
using actors::inventory;
using node_names = std::vector<std::string>;

held_permit held(const actors::offer& o) { return {o.request, o.permit, o.epoch, o.deployment_id, o.deployment_id, 1}; }

class scheduler_recovery_test : public scheduler_fixture {
protected:
  void report(const std::string& name, std::vector<held_permit> permits, const actors::requester_actor& from) {
    tell(scheduler_, inventory{name, std::move(permits)}, from);
  }
  void recover(node_names reporters, std::chrono::microseconds fence) {
    tell(scheduler_, atom::recover_v, std::move(reporters), std::int64_t{fence.count()});
  }
  void lose(const std::string& name, std::chrono::microseconds fence) {
    tell(scheduler_, atom::lost_v, name, std::int64_t{fence.count()});
  }
};

TEST_F(scheduler_recovery_test, a_new_owner_grants_only_when_all_have_said_what_runs) {
  start(1);
  ask_for(1);
  crash();
  start(1);
  recover({"node-a", "node-b"}, 10s);
  tests::requester_log log;
  auto other = requester("delegate/gpu-1", log);
  report("node-b", {}, other);
  ask_for(2);
  EXPECT_EQ(offered(), ids{1});
  report("node-a", {held(log_.offers[0])}, ingress_);
  EXPECT_EQ(offered(), ids{1}) << "the place is still in use";
  EXPECT_EQ(state(), "1 in flight, 1 waiting");
  tell(scheduler_, release_of(log_.offers[0]));
  EXPECT_EQ(offered(), (ids{1, 2}));
  EXPECT_GT(log_.offers[1].epoch, log_.offers[0].epoch);
}

TEST_F(scheduler_recovery_test, the_fence_ends_the_wait_for_a_reporter_that_is_missing) {
  start(1);
  recover({"node-a", "node-b"}, 10s);
  report("node-a", {}, ingress_);
  ask_for(1);
  advance(9900ms);
  EXPECT_TRUE(log_.offers.empty());
  advance(200ms);
  EXPECT_EQ(offered(), ids{1});
}

TEST_F(scheduler_recovery_test, who_has_reported_before_is_not_waited_for) {
  start(1);
  report("node-a", {}, ingress_);
  recover({"node-a"}, 10s);
  ask_for(1);
  EXPECT_EQ(offered(), ids{1});
}

TEST_F(scheduler_recovery_test, tickets_that_come_again_keep_their_order) {
  start(1);
  recover({"node-a", "node-b"}, 10s);
  tests::requester_log log;
  auto other = requester("delegate/gpu-1", log);
  auto late = ticket(1);
  late.waited_us = 1'000'000;
  auto early = ticket(2);
  early.waited_us = 5'000'000;
  ask_for(late);
  tell(scheduler_, early, other);
  report("node-a", {}, ingress_);
  report("node-b", {}, other);
  ASSERT_EQ(log.offers.size(), 1U);
  EXPECT_EQ(log.offers[0].queued_us, 5'000'000);
  tell(scheduler_, release_of(log.offers[0]));
  EXPECT_EQ(offered(), ids{1});
}

TEST_F(scheduler_recovery_test, a_hand_over_is_not_refused_for_want_of_room) {
  auto t = terms(1);
  t.queue_per_model = 1;
  start(t);
  recover({"node-a"}, 10s);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    auto again = ticket(id);
    again.waited_us = 10;
    ask_for(again);
  }
  EXPECT_TRUE(log_.refusals.empty());
}

TEST_F(scheduler_recovery_test, what_a_lost_node_holds_counts_until_the_fence) {
  start(1);
  tests::requester_log log;
  auto other = requester("delegate/gpu-1", log);
  report("node-b", {}, other);
  tell(scheduler_, ticket(1), other);
  tell(scheduler_, ticket(2), other);
  ask_for(3);
  lose("node-b", 10s);
  EXPECT_EQ(state(), "1 in flight, 1 waiting") << "its waiting ticket is dropped";
  advance(9900ms);
  EXPECT_TRUE(log_.offers.empty());
  advance(200ms);
  EXPECT_EQ(offered(), ids{3});
  tell(scheduler_, release_of(log.offers[0]));
  EXPECT_EQ(state(), "1 in flight, 0 waiting") << "a release after the fence frees nothing";
}

TEST_F(scheduler_recovery_test, a_lost_node_that_reports_in_time_keeps_what_it_has) {
  start(2);
  tests::requester_log log;
  auto other = requester("delegate/gpu-1", log);
  report("node-b", {}, other);
  tell(scheduler_, ticket(1), other);
  tell(scheduler_, ticket(2), other);
  lose("node-b", 10s);
  advance(5s);
  report("node-b", {held(log.offers[1])}, other);
  EXPECT_EQ(state(), "1 in flight, 0 waiting") << "what it does not list has ended";
  advance(20s);
  EXPECT_EQ(state(), "1 in flight, 0 waiting");
  tell(scheduler_, release_of(log.offers[1]));
  EXPECT_EQ(state(), "0 in flight, 0 waiting");
}

TEST_F(scheduler_recovery_test, a_lost_node_may_come_back_as_another_actor) {
  start(1);
  tests::requester_log log;
  auto before = requester("delegate/old", log);
  report("node-b", {}, before);
  tell(scheduler_, ticket(1), before);
  lose("node-b", 10s);
  auto after = requester("delegate/new", log);
  report("node-b", {held(log.offers[0])}, after);
  advance(20s);
  EXPECT_EQ(state(), "1 in flight, 0 waiting");
  tell(scheduler_, release_of(log.offers[0]));
  EXPECT_EQ(state(), "0 in flight, 0 waiting");
}

TEST_F(scheduler_recovery_test, a_dead_requester_that_is_lost_too_ends_at_the_fence) {
  start(1);
  tests::requester_log log;
  auto other = requester("delegate/gpu-1", log);
  report("node-b", {}, other);
  tell(scheduler_, ticket(1), other);
  kill(other);
  lose("node-b", 10s);
  advance(11s);
  EXPECT_EQ(state(), "0 in flight, 0 waiting");
}

class scheduler_slices_test : public scheduler_recovery_test {
protected:
  void lease_ahead(std::uint32_t places) {
    tell(scheduler_, atom::lease_v, actors::slice{100, epoch_, places}, delegate_);
  }
  void give_back(std::uint32_t places, std::uint64_t epoch) {
    tell(scheduler_, atom::give_back_v, actors::slice{100, epoch, places}, delegate_);
  }
  void begin(std::uint32_t parallel) {
    start(parallel);
    delegate_ = requester("delegate/gpu-1", delegate_log_);
    report("node-b", {}, delegate_);
  }
  tests::requester_log delegate_log_;
  actors::requester_actor delegate_;
};

TEST_F(scheduler_slices_test, a_single_place_is_not_leased_but_the_question_is_answered) {
  begin(1);
  lease_ahead(4);
  ASSERT_EQ(delegate_log_.slices.size(), 1U);
  EXPECT_EQ(delegate_log_.slices[0].places, 0U);
}

TEST_F(scheduler_slices_test, unused_places_are_wanted_back_when_somebody_waits) {
  begin(4);
  lease_ahead(4);
  ASSERT_EQ(delegate_log_.slices[0].places, 2U);
  EXPECT_EQ(delegate_log_.slices[0].epoch, epoch_);
  for (std::uint64_t id = 1; id <= 4; ++id)
    ask_for(id);
  EXPECT_EQ(offered(), (ids{1, 2}));
  EXPECT_EQ(delegate_log_.recalls, (std::vector<std::int64_t>{100})) << "once, not for each";
  give_back(1, epoch_);
  EXPECT_EQ(offered(), (ids{1, 2, 3}));
  EXPECT_EQ(state(), "3 in flight, 1 waiting, 1 leased");
  give_back(5, epoch_);
  EXPECT_EQ(offered(), (ids{1, 2, 3, 4})) << "no more than was leased";
  EXPECT_EQ(strays().give_backs, 1U);
}

TEST_F(scheduler_slices_test, nothing_is_leased_while_somebody_waits) {
  begin(4);
  tell(scheduler_, terms(1));
  ask_for(1);
  ask_for(ticket(2));
  tell(scheduler_, atom::lease_v, actors::slice{200, epoch_, 4}, delegate_);
  EXPECT_EQ(delegate_log_.slices.back().places, 0U);
}

TEST_F(scheduler_slices_test, a_slice_of_another_epoch_cannot_be_given_back) {
  begin(4);
  lease_ahead(4);
  give_back(2, epoch_ - 1);
  EXPECT_EQ(state(), "0 in flight, 0 waiting, 2 leased");
}

TEST_F(scheduler_slices_test, a_slice_of_a_lost_node_counts_until_the_fence) {
  begin(2);
  lease_ahead(4);
  ask_for(1);
  ask_for(2);
  lose("node-b", 10s);
  advance(9s);
  EXPECT_EQ(offered(), ids{1});
  advance(2s);
  EXPECT_EQ(offered(), (ids{1, 2}));
}

TEST_F(scheduler_slices_test, an_inventory_of_a_delegate_settles_its_account) {
  begin(8);
  lease_ahead(2);
  tell(scheduler_, ticket(1), delegate_);
  tell(scheduler_, ticket(2), delegate_);
  EXPECT_EQ(state(), "2 in flight, 0 waiting, 2 leased");
  const held_permit from_slice{request(7), std::uint64_t{1} << 63 | 5, epoch_, 100, 100, 1};
  report("node-b", {held(delegate_log_.offers[0]), from_slice}, delegate_);
  EXPECT_EQ(state(), "2 in flight, 0 waiting");
  actors::bundle b;
  b.releases.push_back(release_of(delegate_log_.offers[0]));
  actors::release r;
  r.permit = from_slice.permit;
  r.epoch = epoch_;
  b.releases.push_back(r);
  b.tickets.push_back(ticket(3));
  b.tickets.push_back(ticket(4, 100, false));
  tell(scheduler_, b, delegate_);
  EXPECT_EQ(state(), "2 in flight, 0 waiting");
  b = {};
  b.withdrawals.push_back({request(4), 100});
  b.settled.push_back(r);
  tell(scheduler_, b, delegate_);
  EXPECT_EQ(state(), "1 in flight, 0 waiting");
}

} // namespace
} // namespace logos::scheduling
