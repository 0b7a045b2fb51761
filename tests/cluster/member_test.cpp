// SPDX-License-Identifier: MIT
#include "tests/cluster/member_fixture.hpp"

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;
using deployments = std::vector<std::int64_t>;

class member_test : public member_fixture {
protected:
  member_test()
      : first_{owned_by("node-a")},
        second_{owned_by("node-b")},
        both_{providers({{first_, "gpu-a"}, {second_, "gpu-b"}})} {}

  /// Two that have met, with one provider each.
  void start_both() {
    a_ = &start("node-a", both_);
    b_ = &start("node-b", both_);
    advance(1s);
    connect(*b_, *a_);
    advance(8s);
    ASSERT_TRUE(sees(*a_, "node-a", "gpu-a") && sees(*a_, "node-b", "gpu-b")) << nodes(*a_);
    ASSERT_TRUE(sees(*b_, "node-a", "gpu-a") && sees(*b_, "node-b", "gpu-b")) << nodes(*b_);
  }
  /// Lets time pass until the calls of a provider at a node are ended, for so long at most.
  bool until_ended(const member& m, std::int64_t provider, std::chrono::milliseconds at_most) {
    const auto& ended = m.log.ended;
    for (auto spent = 0ms; std::find(ended.begin(), ended.end(), provider) == ended.end(); spent += 50ms) {
      if (spent >= at_most) return false;
      advance(50ms);
    }
    return true;
  }

  const std::int64_t first_;
  const std::int64_t second_;
  const catalog::snapshot_ptr both_;
  member* a_ = nullptr;
  member* b_ = nullptr;
};

TEST_F(member_test, whoever_joins_hears_what_is_owned_already) {
  const auto one = providers({{first_, "gpu-a"}});
  auto& a = start("node-a", one);
  advance(5s);
  auto& b = start("node-b", one);
  advance(1s);
  EXPECT_FALSE(sees(b, "node-a", "gpu-a"));
  connect(b, a);
  EXPECT_TRUE(sees(b, "node-a", "gpu-a"));
  ask_for(b, first_, 100);
  EXPECT_EQ(scheduler_of(a, first_)->tickets, deployments{100});
}

TEST_F(member_test, whoever_has_lost_the_connection_and_greets_again_hears_it_again) {
  start_both();
  tell(b_->node, atom::leave_v, std::string{"node-a.run-1"}); // forgets what it has heard; the other notices nothing
  ASSERT_FALSE(sees(*b_, "node-a", "gpu-a"));
  connect(*b_, *a_);
  EXPECT_TRUE(sees(*b_, "node-a", "gpu-a")) << nodes(*b_);
  ask_for(*b_, first_, 100);
  EXPECT_EQ(scheduler_of(*a_, first_)->tickets, deployments{100});
}

TEST_F(member_test, a_node_that_comes_back_hears_what_is_owned_and_gets_its_own_again) {
  start_both();
  crash(*b_);
  auto& again = start("node-b", both_, "run-2");
  advance(4s); // its former run counts as alive for a while
  connect(again, *a_);
  EXPECT_TRUE(sees(again, "node-a", "gpu-a")) << nodes(again);
  advance(4s);
  EXPECT_TRUE(sees(*a_, "node-b", "gpu-b")) << nodes(*a_);
  ask_for(again, first_, 100);
  ask_for(*a_, second_, 200);
  EXPECT_EQ(scheduler_of(*a_, first_)->tickets, deployments{100});
  ASSERT_NE(scheduler_of(again, second_), nullptr);
  EXPECT_EQ(scheduler_of(again, second_)->tickets, deployments{200});
}

TEST_F(member_test, whoever_takes_a_provider_over_knows_the_slots_that_its_owner_saw) {
  start_both();
  actors::provider_observation seen;
  seen.provider_id = second_;
  seen.reachable = true;
  seen.server = "llama.cpp b1";
  seen.slots = 4;
  tell(b_->node, seen);
  crash(*b_);
  for (int i = 0; i < 30 && scheduler_of(*a_, second_) == nullptr; ++i)
    advance(1s);
  ASSERT_NE(scheduler_of(*a_, second_), nullptr);
  for (int i = 0; i < 10 && scheduler_of(*a_, second_)->seen.empty(); ++i)
    advance(1s);
  ASSERT_EQ(scheduler_of(*a_, second_)->seen.size(), 1U);
  EXPECT_EQ(scheduler_of(*a_, second_)->seen[0].slots, 4);
}

TEST_F(member_test, nothing_changes_hands_while_the_database_is_away) {
  auto& a = start("node-a", both_);
  advance(5s);
  ASSERT_NE(scheduler_of(a, second_), nullptr);
  database_.away = true;
  advance(1500ms);
  auto& b = start("node-b", both_);
  connect(b, a); // by placement the second provider is its now
  advance(10s);
  EXPECT_NE(scheduler_of(a, second_), nullptr);
  EXPECT_TRUE(sees(a, "node-a", "gpu-b")) << nodes(a);
  database_.away = false;
  advance(5s);
  EXPECT_EQ(scheduler_of(a, second_), nullptr);
  EXPECT_NE(scheduler_of(b, second_), nullptr);
}

TEST_F(member_test, an_owner_that_cannot_renew_its_lease_ends_its_calls_before_the_lease_ends) {
  start_both();
  const auto lease = scheduler_of(*a_, first_)->lease;
  database_.away = true;
  advance(1s);
  crash(*b_); // nobody can say what became of it
  EXPECT_TRUE(a_->log.ended.empty());
  ASSERT_TRUE(until_ended(*a_, first_, times.lease));
  EXPECT_TRUE(lease->holds(clock().steady()));
  EXPECT_FALSE(sees(*a_, "node-a", "gpu-a")) << "nobody is pointed here any more";
}

TEST_F(member_test, calls_at_an_owner_that_is_lost_are_ended_when_the_database_is_away) {
  start_both();
  database_.away = true;
  advance(1s);
  crash(*b_);
  EXPECT_TRUE(until_ended(*a_, second_, times.lease));
}

TEST_F(member_test, whoever_is_refused_while_an_owner_is_lost_hears_when_its_lease_ends) {
  start_both();
  crash(*b_);
  ask_for(*a_, second_, 200, 300ms);
  for (int i = 0; i < 100 && a_->log.refusals.empty(); ++i)
    advance(10ms);
  ASSERT_EQ(a_->log.refusals.size(), 1U);
  const auto left = database_.leases[lease_name(second_)].until - clock().steady();
  ASSERT_GT(left, 1s) << "it was renewed a heartbeat ago";
  EXPECT_EQ(a_->log.refusals[0].retry_after_s, std::chrono::ceil<std::chrono::seconds>(left).count());
}

TEST_F(member_test, while_the_database_is_away_it_ends_a_lease_after_the_loss_at_the_latest) {
  start_both();
  database_.away = true;
  advance(1s);
  crash(*b_);
  ask_for(*a_, second_, 200, 300ms);
  advance(600ms);
  ASSERT_EQ(a_->log.refusals.size(), 1U);
  EXPECT_EQ(a_->log.refusals[0].retry_after_s, 3U);
  advance(2s);
  ask_for(*a_, second_, 200, 300ms);
  advance(600ms);
  ASSERT_EQ(a_->log.refusals.size(), 2U);
  EXPECT_EQ(a_->log.refusals[1].retry_after_s, 1U) << "nobody knows when";
}

TEST_F(member_test, a_node_whose_name_was_taken_ends_all_its_calls_and_itself) {
  start_both();
  database_.nodes["node-a"].facts.incarnation = "node-a.run-2";
  advance(times.heartbeat);
  EXPECT_EQ(a_->fatal.size(), 1U);
  auto ended = a_->log.ended;
  std::sort(ended.begin(), ended.end());
  auto all = deployments{first_, second_};
  std::sort(all.begin(), all.end());
  EXPECT_EQ(ended, all);
  EXPECT_EQ(scheduler_of(*a_, first_), nullptr);
  EXPECT_TRUE(b_->fatal.empty());
}

/// Both forms of a NODE.
class any_node : public member_fixture, public ::testing::WithParamInterface<bool> {
protected:
  member& start_one(const catalog::snapshot_ptr& snapshot) {
    auto& m = GetParam() ? start("node-a", snapshot) : start_alone(snapshot);
    advance(5s);
    return m;
  }
  void crash_node(const member& m) {
    caf::anon_send<caf::message_priority::high>(caf::actor_cast<caf::actor>(m.node),
                                                caf::exit_msg{m.node->address(), caf::exit_reason::kill});
    run();
  }
};

TEST_P(any_node, keeps_providers_apart_when_one_takes_the_others_old_name) {
  auto& m = start_one(providers({{1, "gpu-1"}}));
  give(m, providers({{1, "gpu-9"}, {2, "gpu-1"}}, 2));
  advance(2s);
  ASSERT_NE(scheduler_of(m, 1), nullptr);
  ASSERT_NE(scheduler_of(m, 2), nullptr);
  EXPECT_EQ(m.schedulers.size(), 2U) << "a new name is no reason to make it again";
  EXPECT_EQ(scheduler_of(m, 1)->provider_name, "gpu-9");
  ask_for(m, 1, 100);
  ask_for(m, 2, 200);
  EXPECT_EQ(scheduler_of(m, 1)->tickets, deployments{100});
  EXPECT_EQ(scheduler_of(m, 2)->tickets, deployments{200});
}

TEST_P(any_node, keeps_a_new_provider_when_the_former_one_of_its_name_is_removed) {
  auto& m = start_one(providers({{1, "gpu-1"}}));
  give(m, providers({{3, "gpu-1"}}, 2));
  advance(2s);
  EXPECT_EQ(scheduler_of(m, 1), nullptr);
  ASSERT_NE(scheduler_of(m, 3), nullptr);
  EXPECT_FALSE(m.log.routes.at(1));
  ask_for(m, 3, 300);
  EXPECT_EQ(scheduler_of(m, 3)->tickets, deployments{300});
}

TEST_P(any_node, tells_a_new_scheduler_what_slots_its_server_had_and_not_that_it_is_away) {
  auto& m = start_one(providers({}));
  actors::provider_observation seen;
  seen.provider_id = 1;
  seen.server = "llama.cpp b1";
  seen.slots = 3;
  seen.running = 2;
  seen.listed_models = {"m"};
  tell(m.node, seen);
  seen.provider_id = 2;
  seen.server = "Ollama 0.17.4";
  seen.slots = -1;
  tell(m.node, seen);
  give(m, providers({{1, "gpu-1"}, {2, "gpu-2"}, {3, "gpu-3"}}, 2));
  advance(2s);
  const auto* slotted = scheduler_of(m, 1);
  ASSERT_NE(slotted, nullptr);
  ASSERT_EQ(slotted->seen.size(), 1U);
  EXPECT_EQ(slotted->seen[0].server, "llama.cpp b1");
  EXPECT_EQ(slotted->seen[0].slots, 3);
  EXPECT_EQ(slotted->seen[0].running, -1) << "that was then";
  EXPECT_TRUE(slotted->seen[0].reachable) << "the gate opens and closes by what its MONITOR sees";
  ASSERT_NE(scheduler_of(m, 2), nullptr);
  EXPECT_TRUE(scheduler_of(m, 2)->seen.empty()) << "what lies in its memory is not known until it is looked at";
  ASSERT_NE(scheduler_of(m, 3), nullptr);
  EXPECT_TRUE(scheduler_of(m, 3)->seen.empty());
}

TEST_P(any_node, follows_the_catalog_that_was_made_again) {
  auto& m = start_one(providers({{1, "gpu-1"}}));
  kill(m.catalog);
  member_log fresh;
  const auto remade = host<quiet_catalog>("catalog", providers({{1, "gpu-1"}, {2, "gpu-2"}}, 2), &fresh);
  tell(m.node, atom::subscribe_v, remade);
  EXPECT_EQ(fresh.followers, 1);
  advance(2s);
  EXPECT_NE(scheduler_of(m, 2), nullptr) << "its snapshots arrive";
  EXPECT_EQ(ask<std::uint64_t>(m.node, atom::refresh_v), 2U);
  EXPECT_EQ(fresh.refreshed, 1);
}

TEST_P(any_node, is_told_of_when_it_dies_and_not_when_it_is_stopped) {
  std::vector<std::string> told;
  auto& stopped = start_one(providers({}));
  when_dead(stopped.node, [&](const std::string& why) { told.push_back(why); });
  kill(stopped.node); // as `stop_node` ends it
  EXPECT_TRUE(told.empty());
  auto& dying = start_one(providers({}));
  when_dead(dying.node, [&](const std::string& why) { told.push_back(why); });
  crash_node(dying);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("NODE"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(cluster, any_node, ::testing::Bool(),
                         [](const auto& form) { return form.param ? "member" : "lone"; });

TEST_F(member_test, a_request_is_found_whichever_node_has_it_with_what_its_schedulers_say) {
  start_both();
  b_->log.known = core::uuid::from_halves(7, 99);
  auto& p = b_->log.progress;
  p.request = b_->log.known;
  p.stage = static_cast<std::uint8_t>(actors::stage::waiting);
  p.process_id = 42;
  const auto found = ask<actors::progress>(a_->node, atom::explain_v, b_->log.known);
  EXPECT_EQ(found.process_id, 42);
  const auto other = ask<actors::progress>(a_->node, atom::explain_v, core::uuid::from_halves(7, 98));
  EXPECT_EQ(other.stage, static_cast<std::uint8_t>(actors::stage::none));
  EXPECT_TRUE(other.silent.empty());
}

TEST_F(member_test, the_journals_of_all_other_nodes_are_written_and_what_is_missing_is_named) {
  start_both();
  const auto missing = [&] { return ask<std::vector<std::string>>(a_->node, atom::flush_v); };
  EXPECT_TRUE(missing().empty());
  EXPECT_EQ(b_->log.flushed, 1);
  EXPECT_EQ(a_->log.flushed, 0) << "whoever asks sees to its own";
  b_->log.unwritten = 3;
  EXPECT_EQ(missing(), std::vector<std::string>{"node node-b has 3 rows to write"});
  b_->log.unwritten.reset();
  std::vector<std::string> late;
  {
    caf::scoped_actor self{sys()};
    auto request = self->request(a_->node, 60min, atom::flush_v);
    run();
    advance(30s);
    ASSERT_FALSE(self->mailbox().empty()) << "no answer";
    request.receive([&](const std::vector<std::string>& all) { late = all; },
                    [](const caf::error&) { ADD_FAILURE() << "no answer"; });
  }
  EXPECT_EQ(late, std::vector<std::string>{"node node-b does not answer"});
  crash(*b_);
  EXPECT_EQ(missing(), std::vector<std::string>{"node node-b cannot be reached"});
}

TEST_F(member_test, the_others_write_when_all_nodes_have_the_newest_catalog_and_those_that_still_do_are_named) {
  start_both();
  const auto writing = [&] { return ask<std::vector<std::string>>(a_->node, atom::refresh_v, atom::flush_v); };
  EXPECT_TRUE(writing().empty());
  EXPECT_EQ(a_->log.refreshed, 1);
  EXPECT_EQ(b_->log.refreshed, 1);
  EXPECT_EQ(b_->log.flushed, 1);
  EXPECT_EQ(a_->log.flushed, 0) << "whoever asks sees to its own";
  b_->log.unwritten = 3;
  EXPECT_EQ(writing(), std::vector<std::string>{"node-b"});
  crash(*b_);
  EXPECT_TRUE(writing().empty()) << "it tells when it is back";
}

TEST_P(any_node, alone_has_no_other_journals_to_wait_for) {
  auto& one = start_one(providers({{1, "gpu"}}));
  EXPECT_TRUE(ask<std::vector<std::string>>(one.node, atom::flush_v).empty());
  EXPECT_TRUE(ask<std::vector<std::string>>(one.node, atom::refresh_v, atom::flush_v).empty());
  EXPECT_EQ(one.log.refreshed, 1);
}

} // namespace
} // namespace logos::cluster
