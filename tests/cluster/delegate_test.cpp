// SPDX-License-Identifier: MIT
#include "tests/cluster/delegate_fixture.hpp"

#include <algorithm>
#include <random>
#include <set>

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;
using scheduling::release_of;
using scheduling::ticket;

TEST_F(delegate_test, one_place_is_one_request_over_both_nodes) {
  elect(1);
  ask_at(a_, 1);
  ask_at(b_, 2);
  ask_at(a_, 3);
  EXPECT_EQ(ids_of(a_), ids({1}));
  EXPECT_TRUE(b_.log.offers.empty());
  end_at(a_, a_.log.offers[0]);
  EXPECT_EQ(ids_of(b_), ids({2}));
  end_at(b_, b_.log.offers[0]);
  EXPECT_EQ(ids_of(a_), ids({1, 3}));
  end_at(a_, a_.log.offers[1]);
  EXPECT_EQ(state().substr(0, 23), "0 in flight, 0 waiting") << state();
}

TEST_F(delegate_test, a_permit_ends_once_however_often_it_is_said) {
  elect(1);
  ask_at(a_, 1);
  const auto o = a_.log.offers.at(0);
  end_at(a_, o);
  end_at(a_, o);
  tell(a_.delegate, actors::withdrawal{o.request, o.deployment_id});
  EXPECT_EQ(strays().releases, 0U);
  EXPECT_EQ(strays().withdrawals, 0U);
}

TEST_F(delegate_test, a_withdrawn_ticket_gets_nothing_and_a_withdrawn_offer_frees_its_place) {
  elect(1);
  ask_at(a_, 1, false);
  ask_at(b_, 2);
  ask_at(b_, 3);
  tell(b_.delegate, actors::withdrawal{scheduling::request(2), 100});
  tell(a_.delegate, actors::withdrawal{scheduling::request(1), 100});
  EXPECT_EQ(ids_of(b_), ids({3}));
}

TEST_F(delegate_test, of_a_withdrawn_ticket_the_owner_says_how_many_waited_when_it_came) {
  elect(1);
  ask_at(a_, 1);
  ask_at(b_, 2);
  ask_at(b_, 3);
  tell(b_.delegate, actors::withdrawal{scheduling::request(3), 100, true});
  ASSERT_EQ(b_.log.refusals.size(), 1U);
  EXPECT_EQ(b_.log.refusals[0].request, scheduling::request(3));
  EXPECT_EQ(b_.log.refusals[0].code, static_cast<std::uint8_t>(core::ec::client_gone));
  EXPECT_EQ(b_.log.refusals[0].depth_at_arrival, 1);
  lose_owner();
  tell(b_.delegate, actors::withdrawal{scheduling::request(2), 100, true});
  ASSERT_EQ(b_.log.refusals.size(), 2U) << "nobody knows, and that is said at once";
  EXPECT_EQ(b_.log.refusals[1].depth_at_arrival, -1);
}

TEST_F(delegate_test, an_offer_for_an_earlier_ticket_of_the_same_request_is_ended) {
  elect(1);
  ask_at(a_, 1);
  ask_at(b_, 2);
  actors::offer late;
  late.request = scheduling::request(2);
  late.deployment_id = 100;
  late.provider_id = 1;
  late.permit = 99;
  late.epoch = epoch_;
  late.round = 77;
  tell(b_.delegate, late);
  EXPECT_TRUE(b_.log.offers.empty());
  end_at(a_, a_.log.offers.at(0));
  EXPECT_EQ(ids_of(b_), ids({2}));
}

TEST_F(delegate_test, an_accepted_offer_is_a_permit_until_its_release) {
  elect(1);
  ask_at(a_, 1, false);
  const auto o = a_.log.offers.at(0);
  tell(a_.delegate, actors::acceptance{o.permit, o.epoch});
  ask_at(b_, 2);
  EXPECT_TRUE(b_.log.offers.empty());
  EXPECT_EQ(strays().acceptances, 0U);
  end_at(a_, o);
  EXPECT_EQ(ids_of(b_), ids({2}));
}

TEST_F(delegate_test, a_new_owner_counts_what_runs_and_nobody_loses_his_place) {
  elect(2);
  ask_at(a_, 1);
  ask_at(b_, 2);
  advance(1s);
  ask_at(b_, 3);
  advance(1s);
  ask_at(a_, 4);
  advance(1s);
  ask_at(b_, 5);
  lose_owner();
  advance(2s);
  ask_at(a_, 6);
  elect(2);
  EXPECT_EQ(ids_of(a_), ids({1}));
  EXPECT_EQ(ids_of(b_), ids({2}));
  end_at(b_, b_.log.offers[0]);
  EXPECT_EQ(ids_of(b_), ids({2, 3}));
  end_at(a_, a_.log.offers[0]);
  EXPECT_EQ(ids_of(a_), ids({1, 4}));
  end_at(a_, a_.log.offers[1]);
  EXPECT_EQ(ids_of(b_), ids({2, 3, 5}));
  end_at(b_, b_.log.offers[1]);
  EXPECT_EQ(ids_of(a_), ids({1, 4, 6}));
  EXPECT_GE(a_.log.offers[1].queued_us, 3'000'000);
  EXPECT_TRUE(a_.log.refusals.empty());
  EXPECT_TRUE(b_.log.refusals.empty());
}

TEST_F(delegate_test, what_ends_while_there_is_no_owner_is_not_counted_by_the_next) {
  elect(1);
  ask_at(a_, 1);
  ask_at(b_, 2);
  lose_owner();
  end_at(a_, a_.log.offers[0]);
  elect(1);
  EXPECT_EQ(ids_of(b_), ids({2}));
}

TEST_F(delegate_test, an_offer_open_at_the_change_still_counts_and_can_be_declined_or_accepted) {
  elect(2);
  ask_at(a_, 1, false);
  ask_at(b_, 2, false);
  lose_owner();
  elect(2);
  ask_at(a_, 3);
  ask_at(b_, 4);
  const auto accepted = b_.log.offers.at(0);
  tell(b_.delegate, actors::acceptance{accepted.permit, accepted.epoch});
  EXPECT_EQ(a_.log.offers.size() + b_.log.offers.size(), 2U);
  tell(a_.delegate, actors::withdrawal{scheduling::request(1), 100});
  EXPECT_EQ(ids_of(a_), ids({1, 3}));
  end_at(b_, accepted);
  EXPECT_EQ(ids_of(b_), ids({2, 4}));
}

TEST_F(delegate_test, tickets_without_an_owner_are_refused_when_their_patience_ends) {
  auto t = ticket(1);
  t.patience_us = 2'000'000;
  tell(a_.delegate, t, a_.ingress);
  advance(1900ms);
  EXPECT_TRUE(a_.log.refusals.empty());
  advance(600ms);
  ASSERT_EQ(a_.log.refusals.size(), 1U);
  EXPECT_EQ(a_.log.refusals[0].code, static_cast<std::uint8_t>(core::ec::queue_timeout));
  elect(1);
  EXPECT_TRUE(a_.log.offers.empty());
}

TEST_F(delegate_test, whoever_is_refused_without_an_owner_hears_when_another_node_can_own_the_provider) {
  elect(1);
  lose_owner(2600ms);
  const auto refused_after = [&](std::uint64_t id, std::chrono::microseconds patience) {
    auto t = ticket(id);
    t.patience_us = patience.count();
    tell(a_.delegate, t, a_.ingress);
    advance(patience + 250ms);
    return a_.log.refusals.empty() ? 0 : a_.log.refusals.back().retry_after_s;
  };
  EXPECT_EQ(refused_after(1, 500ms), 3U) << "of 2.6 s 2.1 are left";
  EXPECT_EQ(refused_after(2, 500ms), 2U);
  EXPECT_EQ(refused_after(3, 5s), 1U) << "as soon as anybody can";
  tell(a_.delegate, actors::provider_terms{.provider_id = 1, .name = "gpu-1", .queue_per_model = 1});
  lose_owner(2600ms);
  ask_at(a_, 4);
  ask_at(a_, 5);
  ASSERT_EQ(a_.log.refusals.size(), 4U);
  EXPECT_EQ(a_.log.refusals[3].code, static_cast<std::uint8_t>(core::ec::queue_full));
  EXPECT_EQ(a_.log.refusals[3].retry_after_s, 3U);
}

TEST_F(delegate_test, where_places_are_free_the_next_request_asks_nobody) {
  elect(40);
  ask_at(a_, 1);
  ask_at(a_, 2);
  ask_at(a_, 3);
  ASSERT_EQ(a_.log.offers.size(), 3U);
  EXPECT_FALSE(local(a_.log.offers[0]));
  EXPECT_TRUE(local(a_.log.offers[2]));
  for (const auto& o : a_.log.offers)
    end_at(a_, o);
  EXPECT_EQ(strays().releases, 0U);
  advance(5s);
  EXPECT_EQ(state().substr(0, 22), "0 in flight, 0 waiting");
  EXPECT_EQ(state().find("leased"), std::string::npos) << "an idle node gives its slices back: " << state();
}

TEST_F(delegate_test, nothing_is_granted_from_a_slice_while_the_provider_is_away) {
  elect(40);
  for (std::uint64_t id = 1; id <= 3; ++id)
    ask_at(a_, id);
  ASSERT_TRUE(local(a_.log.offers.at(2)));
  observe(false);
  ask_at(a_, 4);
  EXPECT_EQ(ids_of(a_), ids({1, 2, 3}));
  observe(true);
  EXPECT_EQ(ids_of(a_), ids({1, 2, 3, 4}));
}

TEST_F(delegate_test, permits_granted_here_never_share_an_id_with_others) {
  elect(60);
  for (std::uint64_t id = 1; id <= 12; ++id)
    ask_at(id % 2 == 0 ? a_ : b_, id);
  std::set<std::uint64_t> permits;
  for (const auto* n : {&a_, &b_})
    for (const auto& o : n->log.offers)
      EXPECT_TRUE(permits.insert(o.permit).second);
  EXPECT_EQ(permits.size(), 12U);
}

TEST_F(delegate_test, leased_places_go_to_who_waits_elsewhere) {
  elect(8);
  ask_at(a_, 1);
  ask_at(a_, 2);
  ASSERT_TRUE(local(a_.log.offers.at(1)));
  for (std::uint64_t id = 10; id < 17; ++id)
    ask_at(b_, id);
  advance(1s);
  EXPECT_EQ(a_.log.offers.size() + b_.log.offers.size(), 8U)
      << state() << " | " << state_at(a_) << " | " << state_at(b_);
  EXPECT_EQ(b_.log.offers.size(), 6U);
  end_at(a_, a_.log.offers[1]);
  EXPECT_EQ(b_.log.offers.size(), 7U);
}

TEST_F(delegate_test, permits_from_slices_count_at_the_next_owner) {
  elect(8);
  for (std::uint64_t id = 1; id <= 4; ++id)
    ask_at(a_, id);
  ASSERT_EQ(a_.log.offers.size(), 4U);
  ASSERT_TRUE(local(a_.log.offers[3]));
  lose_owner();
  elect(4);
  ask_at(b_, 10);
  EXPECT_TRUE(b_.log.offers.empty());
  end_at(a_, a_.log.offers[3]);
  EXPECT_EQ(ids_of(b_), ids({10}));
}

TEST_F(delegate_test, a_delegate_made_again_learns_from_the_ingress_what_runs) {
  elect(1);
  ask_at(a_, 1);
  const auto o = a_.log.offers.at(0);
  ask_at(b_, 2);
  kill(a_.delegate);
  make(a_, {"ingress/a"});
  tell(a_.delegate, atom::adopt_v, epoch_, scheduler_);
  EXPECT_TRUE(b_.log.offers.empty());
  tell(a_.delegate, actors::inventory{"ingress/a", {{o.request, o.permit, o.epoch, o.deployment_id, 100, 1}}},
       a_.ingress);
  EXPECT_TRUE(b_.log.offers.empty());
  end_at(a_, o);
  EXPECT_EQ(ids_of(b_), ids({2}));
}

TEST_F(delegate_test, what_an_ingress_that_died_held_ends_when_its_successor_does_not_have_it) {
  elect(1);
  tell(a_.delegate, actors::inventory{"ingress/a", {}}, a_.ingress);
  ask_at(a_, 1);
  ask_at(b_, 2);
  kill(a_.ingress);
  a_.ingress = requester("ingress/a", a_.log);
  tell(a_.delegate, actors::inventory{"ingress/a", {}}, a_.ingress);
  EXPECT_EQ(ids_of(b_), ids({2}));
}

TEST_F(delegate_test, no_schedule_of_owners_slices_and_ends_exceeds_the_places) {
  for (std::uint32_t run = 1; run <= 30; ++run) {
    std::mt19937 random{run};
    const auto roll = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    const std::uint32_t parallel = 1 + roll(12);
    for (auto* n : {&a_, &b_})
      n->log = {};
    std::vector<std::pair<node*, actors::offer>> runs;
    std::size_t granted = 0;
    std::size_t most = 0;
    for (auto* n : {&a_, &b_})
      n->log.on_offer = [&, n](const actors::offer& o) {
        runs.emplace_back(n, o);
        ++granted;
        most = std::max(most, runs.size());
      };
    elect(parallel);
    std::size_t asked = 0;
    for (int step = 0; step < 300; ++step) {
      switch (roll(8)) {
      case 0:
      case 1:
      case 2: ask_at(roll(2) == 0 ? a_ : b_, run * 1000 + ++asked); break;
      case 3:
      case 4:
      case 5:
        if (!runs.empty()) {
          const auto at = runs.begin() + roll(static_cast<std::uint32_t>(runs.size()));
          const auto [n, o] = *at;
          runs.erase(at);
          end_at(*n, o);
        }
        break;
      case 6: advance(std::chrono::milliseconds{roll(800)}); break;
      case 7:
        if (roll(6) == 0) {
          lose_owner();
          if (roll(2) == 0) advance(1s);
          elect(parallel);
        }
        break;
      }
      ASSERT_LE(runs.size(), parallel) << "seed " << run << ", step " << step;
    }
    for (int i = 0; i < 2000 && granted < asked; ++i) {
      advance(100ms);
      ASSERT_LE(runs.size(), parallel) << "seed " << run;
      if (runs.empty()) continue;
      const auto [n, o] = runs.back();
      runs.pop_back();
      end_at(*n, o);
    }
    EXPECT_EQ(granted, asked) << "seed " << run << ": " << state() << " | " << state_at(a_) << " | " << state_at(b_);
    for (const auto& [n, o] : runs)
      end_at(*n, o);
    advance(5s);
    EXPECT_EQ(state(), "0 in flight, 0 waiting") << "seed " << run;
    EXPECT_EQ(strays().releases, 0U);
    for (auto* n : {&a_, &b_})
      n->log.on_offer = {};
    lose_owner();
  }
}

} // namespace
} // namespace logos::cluster
