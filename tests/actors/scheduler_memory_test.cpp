// SPDX-License-Identifier: MIT
#include "tests/actors/scheduler_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

constexpr std::uint64_t gib = 1ull << 30;
constexpr std::int64_t chat = 100, code = 101, small = 102; // deployments

/// A MONITOR's half: notes what it is told to do.
class probe_loader {
public:
  using handle = actors::loader_actor;
  probe_loader(actors::self_pointer<probe_loader> /*self*/, std::vector<actors::model_order>* orders,
               std::vector<actors::provider_experience>* lessons)
      : orders_{orders},
        lessons_{lessons} {}
  handle::behavior_type make_behavior() {
    return {[this](const actors::model_order& o) { orders_->push_back(o); },
            [this](const actors::provider_experience& x) { lessons_->push_back(x); }};
  }

private:
  std::vector<actors::model_order>* orders_;
  std::vector<actors::provider_experience>* lessons_;
};

/// An Ollama with room for one of two large models, and for a small one beside the larger of them or not.
class scheduler_memory : public scheduler_fixture {
protected:
  static actors::provider_terms terms() {
    auto t = scheduler_fixture::terms(2);
    t.memory_bytes = 24 * gib;
    t.deployments = {{chat, "chat", 0}, {code, "code:7b", 0}, {small, "small", 0}};
    return t;
  }
  void begin(const actors::provider_terms& t) {
    start(t);
    loader_ = host<probe_loader>("monitor/gpu-1", &orders_, &lessons_);
    tell(scheduler_, atom::adopt_v, loader_);
  }
  void begin() { begin(terms()); }
  void see(std::vector<actors::loaded_model> loaded, std::vector<actors::failed_order> failed = {}) {
    actors::provider_observation seen;
    seen.provider_id = 1;
    seen.reachable = true;
    seen.lists_memory = true;
    seen.loaded_models = std::move(loaded);
    seen.failed = std::move(failed);
    tell(scheduler_, seen);
  }
  /// What was ordered since the last question: "+model", "-model".
  names orders() {
    names found;
    for (const auto& o : orders_)
      found.push_back((o.load ? "+" : "-") + o.model);
    orders_.clear();
    return found;
  }
  void end(std::size_t offer) { tell(scheduler_, release_of(log_.offers.at(offer))); }

  const actors::loaded_model chat_in{
      .name = "chat:latest", .bytes = 16 * gib, .vram_bytes = 16 * gib, .load_us = 8'000'000};
  const actors::loaded_model code_in{
      .name = "code:7b", .bytes = 14 * gib, .vram_bytes = 14 * gib, .load_us = 7'000'000};
  const actors::loaded_model small_in{.name = "small:latest", .bytes = 2 * gib, .vram_bytes = 2 * gib, .load_us = 0};
  std::vector<actors::model_order> orders_;
  std::vector<actors::provider_experience> lessons_;
  actors::loader_actor loader_;
};

TEST_F(scheduler_memory, a_request_for_a_model_that_is_not_in_memory_waits_until_it_has_been_loaded) {
  begin();
  see({});
  ask_for(ticket(1, chat));
  EXPECT_EQ(orders(), names{"+chat"});
  EXPECT_EQ(offered(), ids{});
  ask_for(ticket(2, chat));
  EXPECT_EQ(orders(), names{}) << "it has been said";
  advance(8s);
  see({chat_in});
  EXPECT_EQ(offered(), (ids{1, 2}));
  EXPECT_TRUE(log_.offers[0].cold);
  EXPECT_EQ(log_.offers[0].load_us, 8'000'000);
  end(0);
  ask_for(ticket(3, chat));
  EXPECT_EQ(offered(), (ids{1, 2, 3}));
  EXPECT_FALSE(log_.offers[2].cold);
  EXPECT_EQ(log_.offers[2].load_us, 0);
}

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

TEST_F(scheduler_memory, a_provider_that_keeps_its_models_is_not_told_to_load_any) {
  start(2);
  const auto r = ask<actors::order_report>(scheduler_, atom::order_v, std::int64_t{100}, true);
  EXPECT_EQ(static_cast<core::ec>(r.code), core::ec::conflict);
  EXPECT_NE(r.message.find("loads models on demand"), std::string::npos) << r.message;
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

TEST_F(scheduler_memory, nothing_goes_before_it_is_known_what_lies_in_memory) {
  begin();
  ask_for(ticket(1, chat));
  EXPECT_EQ(offered(), ids{});
  EXPECT_EQ(orders(), names{});
  see({chat_in});
  EXPECT_EQ(offered(), ids{1});
}

TEST_F(scheduler_memory, a_provider_that_does_not_say_what_lies_in_its_memory_is_used_as_it_is) {
  begin();
  observe(true);
  ask_for(ticket(1, chat));
  ask_for(ticket(2, code));
  EXPECT_EQ(offered(), (ids{1, 2}));
  EXPECT_EQ(orders(), names{});
}

TEST_F(scheduler_memory, a_victim_is_fenced_drained_told_to_leave_and_seen_gone_before_another_is_loaded) {
  begin();
  see({chat_in});
  ask_for(ticket(1, chat));
  ask_for(ticket(2, code));
  EXPECT_EQ(orders(), names{}) << "chat is in use, and has not been there for long";
  advance(100s);
  EXPECT_EQ(orders(), names{}) << "it drains";
  ask_for(ticket(3, chat));
  EXPECT_EQ(offered(), ids{1}) << "fenced";
  end(0);
  EXPECT_EQ(orders(), names{"-chat"});
  see({chat_in});
  EXPECT_EQ(orders(), names{}) << "it is still there";
  EXPECT_EQ(offered(), ids{1});
  see({});
  EXPECT_EQ(orders(), names{"+code:7b"});
  see({code_in});
  EXPECT_EQ(offered(), (ids{1, 2}));
}

TEST_F(scheduler_memory, a_victim_that_nobody_uses_goes_at_once) {
  begin();
  see({chat_in});
  ask_for(ticket(1, code));
  EXPECT_EQ(orders(), names{"-chat"});
  see({});
  EXPECT_EQ(orders(), names{"+code:7b"});
}

TEST_F(scheduler_memory, two_that_fit_lie_there_together_once_their_sizes_are_known) {
  begin();
  see({small_in});
  see({chat_in});
  ask_for(ticket(1, small));
  EXPECT_EQ(orders(), names{"+small"});
  see({chat_in, small_in});
  ask_for(ticket(2, chat));
  EXPECT_EQ(offered(), (ids{1, 2}));
}

TEST_F(scheduler_memory, a_model_of_unknown_size_may_need_all_there_is) {
  begin();
  see({chat_in});
  ask_for(ticket(1, small));
  EXPECT_EQ(orders(), names{"-chat"});
}

TEST_F(scheduler_memory, a_model_of_unknown_size_is_taken_to_be_as_large_as_the_largest_known) {
  begin();
  see({small_in});
  ask_for(ticket(1, chat));
  EXPECT_EQ(orders(), names{"+chat"}) << "beside the small one, which the server throws out if it must";
}

TEST_F(scheduler_memory, how_much_fits_is_learned_from_what_a_load_throws_out) {
  auto t = terms();
  t.memory_bytes = 0;
  begin(t);
  see({chat_in});
  ask_for(ticket(1, code));
  EXPECT_EQ(orders(), names{"+code:7b"}) << "nobody knows yet";
  see({code_in});
  EXPECT_EQ(offered(), ids{1});
  ask_for(ticket(2, chat));
  EXPECT_EQ(orders(), names{}) << "it would throw out what is used";
  end(0);
  EXPECT_EQ(orders(), names{"-code:7b"});
  see({});
  EXPECT_EQ(orders(), names{"+chat"});
}

TEST_F(scheduler_memory, when_a_load_fails_who_waits_goes_and_hears_from_the_server_what_is_wrong) {
  begin();
  see({});
  ask_for(ticket(1, chat));
  ask_for(ticket(2, chat));
  EXPECT_EQ(orders(), names{"+chat"});
  see({}, {{"chat", true, "404 model not found"}});
  EXPECT_EQ(offered(), (ids{1, 2}));
  EXPECT_EQ(orders(), names{});
  end(0);
  end(1);
  ask_for(ticket(3, chat));
  EXPECT_EQ(orders(), names{"+chat"}) << "it is tried again for those who come later";
}

TEST_F(scheduler_memory, what_was_loaded_and_thrown_out_at_once_is_loaded_again_but_not_for_ever) {
  begin();
  see({});
  ask_for(ticket(1, chat));
  for (int loads = 1; loads <= 3; ++loads) {
    EXPECT_EQ(orders(), names{"+chat"}) << loads;
    EXPECT_EQ(offered(), ids{});
    see({}, {{"chat", true, "was loaded, and thrown out again", true}});
  }
  EXPECT_EQ(orders(), names{});
  EXPECT_EQ(offered(), ids{1}) << "the server may do it by itself";
}

TEST_F(scheduler_memory, a_victim_that_will_not_leave_is_used_meanwhile_and_asked_again) {
  begin();
  see({chat_in});
  ask_for(ticket(1, code));
  EXPECT_EQ(orders(), names{"-chat"});
  ask_for(ticket(2, chat));
  EXPECT_EQ(offered(), ids{}) << "fenced";
  see({chat_in}, {{"chat:latest", false, "another client keeps it"}});
  EXPECT_EQ(offered(), ids{2});
  end(0);
  EXPECT_EQ(orders(), names{"-chat"});
  see({});
  EXPECT_EQ(orders(), names{"+code:7b"});
}

TEST_F(scheduler_memory, a_victim_that_others_keep_does_not_hold_up_the_load_and_stays_fenced) {
  begin();
  see({chat_in});
  ask_for(ticket(1, code));
  EXPECT_EQ(orders(), names{"-chat"});
  ask_for(ticket(2, chat));
  see({chat_in}, {{"chat:latest", false, "others keep it", true}});
  EXPECT_EQ(orders(), names{"+code:7b"}) << "the server makes the room for it when it can";
  EXPECT_EQ(offered(), ids{}) << "whoever went to the victim would keep it longer";
  see({chat_in});
  EXPECT_EQ(orders(), names{});
  see({code_in});
  EXPECT_EQ(offered(), ids{1});
  end(0);
  EXPECT_EQ(orders(), names{"-code:7b"}) << "the victim has left, and is wanted";
}

TEST_F(scheduler_memory, a_model_that_others_bring_back_during_a_load_is_told_to_leave_again) {
  begin();
  see({code_in}); // so that its size is known
  see({});
  ask_for(ticket(1, code));
  EXPECT_EQ(orders(), names{"+code:7b"});
  see({small_in});
  EXPECT_EQ(orders(), names{}) << "there is room for both";
  see({small_in, chat_in});
  EXPECT_EQ(orders(), names{"-chat"});
  see({small_in, code_in});
  EXPECT_EQ(offered(), ids{1});
}

TEST_F(scheduler_memory, a_model_that_the_server_has_thrown_out_by_itself_is_loaded_again) {
  begin();
  see({chat_in});
  see({});
  ask_for(ticket(1, chat));
  EXPECT_EQ(offered(), ids{});
  EXPECT_EQ(orders(), names{"+chat"});
}

TEST_F(scheduler_memory, a_new_loader_hears_what_its_predecessor_died_with) {
  begin();
  see({});
  ask_for(ticket(1, chat));
  EXPECT_EQ(orders(), names{"+chat"});
  loader_ = host<probe_loader>("monitor/gpu-1", &orders_, &lessons_);
  tell(scheduler_, atom::adopt_v, loader_);
  EXPECT_EQ(orders(), names{"+chat"});
}

TEST_F(scheduler_memory, whoever_waits_too_long_hears_what_for) {
  begin();
  see({});
  auto impatient = ticket(1, chat);
  impatient.patience_us = 2'000'000;
  ask_for(impatient);
  advance(3s);
  ASSERT_EQ(log_.refusals.size(), 1U);
  EXPECT_NE(log_.refusals[0].message.find("its model is being loaded"), std::string::npos) << log_.refusals[0].message;
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
