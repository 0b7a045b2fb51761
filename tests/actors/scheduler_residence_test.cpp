// SPDX-License-Identifier: MIT
// What operators and experience say of the models in a provider's memory.
#include "tests/actors/scheduler_memory_fixture.hpp"

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;

TEST_F(scheduler_memory, what_was_learned_is_told_to_the_monitor_a_little_later) {
  begin();
  see({chat_in});
  ask_for(ticket(1, chat));
  ask_for(ticket(2, chat));
  end(0);
  end(1);
  EXPECT_TRUE(lessons_.empty());
  advance(2s);
  ASSERT_EQ(lessons_.size(), 1U) << "of both calls together";
  EXPECT_EQ(lessons_[0].provider_id, 1);
  ASSERT_EQ(lessons_[0].deployments.size(), 1U);
  EXPECT_EQ(lessons_[0].deployments[0].deployment_id, chat);
  EXPECT_EQ(lessons_[0].deployments[0].calls, 2U);
  EXPECT_EQ(lessons_[0].deployments[0].load_us, 8'000'000);
  advance(60s);
  EXPECT_EQ(lessons_.size(), 1U) << "and not again while nothing is learned";
}

TEST_F(scheduler_memory, what_was_learned_before_a_restart_is_expected_and_planned_with) {
  begin();
  const actors::learned before{.deployment_id = chat,
                               .load_us = 8'000'000,
                               .bytes = 16 * gib,
                               .vram_bytes = 16 * gib,
                               .first_token_us = 100'000,
                               .prompt_token_ns = 1'000'000,
                               .calls = 50,
                               .service_us = 3'000'000};
  const actors::learned other{.deployment_id = small, .load_us = 1'000'000, .bytes = 2 * gib, .calls = 9};
  tell(caf::actor_cast<caf::actor>(scheduler_), actors::provider_experience{1, {before, other}});
  ASSERT_EQ(lessons_.size(), 1U) << "the MONITOR shows it at once";
  EXPECT_EQ(lessons_[0].deployments.size(), 2U);
  see({small_in});
  auto t = ticket(1, chat);
  t.prompt_tokens = 1'000;
  ask_for(t);
  EXPECT_EQ(orders(), names{"+chat"}) << "it is known to fit beside the small one";
  const auto o = ask<std::vector<actors::outlook>>(scheduler_, atom::explain_v, request(1)).at(0);
  EXPECT_EQ(o.load_left_us, 8'000'000);
  EXPECT_EQ(o.starts_in_us, 8'000'000);
  EXPECT_NEAR(static_cast<double>(o.first_token_in_us), 9'100'000, 10'000);
}

TEST_F(scheduler_memory, an_operator_has_models_loaded_and_thrown_out) {
  const auto order = [this](std::int64_t deployment, bool load) {
    return ask<actors::order_report>(scheduler_, atom::order_v, deployment, load);
  };
  begin();
  EXPECT_EQ(static_cast<core::ec>(order(chat, true).code), core::ec::no_provider) << "it has not been seen yet";
  see({});
  EXPECT_EQ(order(chat, true).state, "loading");
  EXPECT_EQ(orders(), names{"+chat"});
  see({chat_in});
  EXPECT_EQ(order(chat, true).state, "warm");
  ask_for(ticket(1, chat));
  EXPECT_EQ(order(chat, false).state, "draining");
  EXPECT_EQ(orders(), names{});
  ask_for(ticket(2, chat));
  EXPECT_EQ(offered(), ids{1}) << "it is fenced";
  const auto o = ask<std::vector<actors::outlook>>(scheduler_, atom::explain_v, request(2)).at(0);
  EXPECT_EQ(o.blocked_by, "an administrator has its model thrown out first");
  end(0);
  EXPECT_EQ(orders(), names{"-chat"});
  see({});
  EXPECT_EQ(orders(), names{"+chat"}) << "somebody waits for it";
  observe(false);
  EXPECT_EQ(static_cast<core::ec>(order(chat, true).code), core::ec::no_provider);
}

TEST_F(scheduler_memory, a_model_that_was_never_in_memory_is_planned_by_its_size_on_disk) {
  begin();
  actors::provider_observation seen;
  seen.provider_id = 1;
  seen.reachable = seen.lists_memory = true;
  seen.listed_models = {"Chat:latest", "small"};
  seen.listed_bytes = {12 * gib, gib};
  seen.loaded_models = {small_in};
  tell(scheduler_, seen);
  ask_for(ticket(1, chat));
  EXPECT_EQ(orders(), names{"+chat"}) << "15 of 24 GiB, beside a small one";
}

TEST_F(scheduler_memory, what_is_pinned_is_loaded_unasked_and_stays) {
  auto t = terms();
  t.deployments[0].residence = static_cast<std::uint8_t>(actors::residence::pinned);
  begin(t);
  see({});
  EXPECT_EQ(orders(), names{"+chat"});
  see({chat_in});
  ask_for(ticket(1, code));
  advance(3600s);
  EXPECT_EQ(orders(), names{});
}

TEST_F(scheduler_memory, what_is_pinned_and_cannot_be_loaded_is_tried_ever_less_often_until_somebody_asks) {
  auto t = terms();
  t.deployments[0].residence = static_cast<std::uint8_t>(actors::residence::pinned);
  begin(t);
  see({});
  const auto fails = [this] { see({}, {{"chat", true, "answered with 404: model 'chat' not found"}}); };
  EXPECT_EQ(orders(), names{"+chat"});
  for (const auto pause : {1s, 2s, 4s, 8s}) {
    fails();
    advance(pause - 10ms);
    see({});
    EXPECT_EQ(orders(), names{}) << pause.count();
    advance(20ms);
    EXPECT_EQ(orders(), names{"+chat"}) << pause.count();
  }
  for (int i = 0; i < 10; ++i) {
    fails();
    advance(residency::longest_pause + 10ms);
    EXPECT_EQ(orders(), names{"+chat"});
  }
  fails();
  ask_for(ticket(1, chat));
  EXPECT_EQ(orders(), names{"+chat"}) << "somebody waits for it";
  fails();
  EXPECT_EQ(offered(), ids{1});
  EXPECT_EQ(orders(), names{});
  end(0);
  EXPECT_EQ(static_cast<core::ec>(ask<actors::order_report>(scheduler_, atom::order_v, std::int64_t{chat}, true).code),
            core::ec::none);
  EXPECT_EQ(orders(), names{"+chat"}) << "an operator wants it";
  advance(8s);
  see({chat_in});
  see({});
  EXPECT_EQ(orders(), names{"+chat"}) << "it has been there";
  fails();
  advance(7990ms);
  EXPECT_EQ(orders(), names{}) << "at first as long as its load took";
  advance(20ms);
  EXPECT_EQ(orders(), names{"+chat"});
}

TEST_F(scheduler_memory, a_pause_after_a_load_that_failed_ends_with_terms_that_are_new) {
  auto t = terms();
  t.deployments[0].residence = static_cast<std::uint8_t>(actors::residence::pinned);
  begin(t);
  see({});
  see({}, {{"chat", true, "answered with 500: out of memory"}});
  EXPECT_EQ(orders(), names{"+chat"});
  tell(scheduler_, t);
  EXPECT_EQ(orders(), names{}) << "these are the same";
  t.memory_bytes = 48 * gib;
  tell(scheduler_, t);
  EXPECT_EQ(orders(), names{"+chat"});
}

TEST_F(scheduler_memory, whoever_wants_what_does_not_fit_beside_a_pinned_model_hears_so_at_once) {
  auto t = terms();
  begin(t);
  see({code_in});
  see({chat_in});
  ask_for(ticket(1, chat));
  ask_for(ticket(2, code));
  ASSERT_TRUE(log_.refusals.empty());
  t.deployments[0].residence = static_cast<std::uint8_t>(actors::residence::pinned);
  tell(scheduler_, t);
  ASSERT_EQ(log_.refusals.size(), 1U) << "also whoever waits";
  ask_for(ticket(3, code));
  ASSERT_EQ(log_.refusals.size(), 2U);
  for (const auto& r : log_.refusals) {
    EXPECT_EQ(static_cast<core::ec>(r.code), core::ec::no_provider);
    EXPECT_EQ(r.deployment_id, code);
    EXPECT_EQ(r.message, "This model does not fit into the memory of gpu-1 beside what an administrator has pinned "
                         "there: chat (the residence of deployment 100). It can be served when that is 'automatic'.");
  }
  t.deployments[0].residence = static_cast<std::uint8_t>(actors::residence::automatic);
  tell(scheduler_, t);
  ask_for(ticket(4, code));
  EXPECT_EQ(log_.refusals.size(), 2U);
  end(0);
  EXPECT_EQ(orders(), names{"-chat"});
}

TEST_F(scheduler_memory, whoever_waits_for_room_hears_who_fills_it) {
  auto t = terms();
  t.deployments[2].residence = static_cast<std::uint8_t>(actors::residence::pinned);
  begin(t);
  see({code_in, small_in});
  see({chat_in, small_in});
  ask_for(ticket(1, chat));
  ask_for(ticket(2, code));
  const auto o = ask<std::vector<actors::outlook>>(scheduler_, atom::explain_v, request(2)).at(0);
  EXPECT_EQ(o.blocked_by, "its model is not in memory, which chat and small (pinned) fill");
}

TEST_F(scheduler_memory, what_is_drained_leaves_when_it_is_done_and_nobody_waits_for_it) {
  begin();
  see({chat_in});
  ask_for(ticket(1, chat));
  auto t = terms();
  t.deployments[0].residence = static_cast<std::uint8_t>(actors::residence::drained);
  tell(scheduler_, t);
  ask_for(ticket(2, chat));
  ASSERT_EQ(log_.refusals.size(), 1U);
  EXPECT_EQ(static_cast<core::ec>(log_.refusals[0].code), core::ec::no_provider);
  EXPECT_EQ(orders(), names{});
  end(0);
  EXPECT_EQ(orders(), names{"-chat"});
  see({});
  EXPECT_EQ(orders(), names{});
}

TEST_F(scheduler_memory, two_deployments_of_one_model_share_its_place_in_memory) {
  auto t = terms();
  t.deployments.push_back({103, "chat:latest", 0});
  begin(t);
  see({});
  ask_for(ticket(1, chat));
  ask_for(ticket(2, 103));
  EXPECT_EQ(orders(), names{"+chat"});
  see({chat_in});
  EXPECT_EQ(offered(), (ids{1, 2}));
}

} // namespace
} // namespace logos::scheduling
