// SPDX-License-Identifier: MIT
#include "tests/actors/scheduler_memory_fixture.hpp"

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;

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

TEST_F(scheduler_memory, a_provider_that_keeps_its_models_is_not_told_to_load_any) {
  start(2);
  const auto r = ask<actors::order_report>(scheduler_, atom::order_v, std::int64_t{100}, true);
  EXPECT_EQ(static_cast<core::ec>(r.code), core::ec::conflict);
  EXPECT_NE(r.message.find("loads models on demand"), std::string::npos) << r.message;
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

TEST_F(scheduler_memory, a_load_that_a_server_took_with_it_is_ordered_again_when_it_is_back) {
  begin();
  see({});
  ask_for(ticket(1, chat));
  EXPECT_EQ(orders(), names{"+chat"});
  lose({{"chat", true, "the provider is away: connection refused"}});
  EXPECT_EQ(orders(), names{});
  EXPECT_EQ(offered(), ids{}) << "nobody goes to a server that is away";
  see({});
  EXPECT_EQ(orders(), names{"+chat"});
  see({chat_in});
  EXPECT_EQ(offered(), ids{1});
}

TEST_F(scheduler_memory, a_departure_that_a_server_took_with_it_is_ordered_again_when_it_is_back) {
  begin();
  see({chat_in});
  ask_for(ticket(1, code));
  EXPECT_EQ(orders(), names{"-chat"});
  lose({{"chat", false, "the provider is away: no answer in time"}});
  see({chat_in}); // it was only the network
  EXPECT_EQ(orders(), names{"-chat"});
  see({});
  EXPECT_EQ(orders(), names{"+code:7b"});
}

TEST_F(scheduler_memory, what_others_keep_is_asked_to_leave_again_when_its_server_is_back) {
  begin();
  see({chat_in});
  ask_for(ticket(1, code));
  see({chat_in}, {{"chat", false, "others keep it", true}});
  EXPECT_EQ(orders(), (names{"-chat", "+code:7b"}));
  lose({{"chat", false, "away"}, {"code:7b", true, "away"}});
  see({chat_in});
  EXPECT_EQ(orders(), names{"-chat"});
}

TEST_F(scheduler_memory, what_others_have_thrown_out_at_once_is_loaded_again_together_with_those_who_wait) {
  begin();
  see({chat_in}); // which others use
  ask_for(ticket(1, code));
  ask_for(ticket(2, code));
  ask_for(ticket(3, code));
  EXPECT_EQ(orders(), names{"-chat"});
  see({chat_in}, {{"chat", false, "others keep it", true}});
  EXPECT_EQ(orders(), names{"+code:7b"});
  EXPECT_EQ(offered(), ids{});
  see({chat_in}, {{"code:7b", true, "was loaded, and thrown out again", true}});
  EXPECT_EQ(orders(), names{"+code:7b"}) << "whatever is there by now";
  EXPECT_EQ(offered(), (ids{1, 2})) << "as many as there are places";
  EXPECT_TRUE(log_.offers[0].cold);
  see({chat_in});
  end(0);
  EXPECT_EQ(offered(), (ids{1, 2, 3}));
  EXPECT_TRUE(log_.offers[2].cold);
}

TEST_F(scheduler_memory, whoever_went_with_a_load_that_others_undid_is_not_left_to_them) {
  begin();
  see({chat_in});
  ask_for(ticket(1, code));
  see({chat_in}, {{"chat", false, "others keep it", true}});
  see({chat_in}, {{"code:7b", true, "was loaded, and thrown out again", true}});
  ASSERT_EQ(offered(), ids{1});
  orders();
  see({chat_in}, {{"code:7b", true, "was loaded, and thrown out again", true}});
  EXPECT_EQ(orders(), names{"+code:7b"}) << "who went waits inside the server";
  end(0);
  see({chat_in}, {{"code:7b", true, "was loaded, and thrown out again", true}});
  EXPECT_EQ(orders(), names{}) << "nobody is left";
}

TEST_F(scheduler_memory, what_others_throw_out_does_not_throw_out_what_is_used_here) {
  begin();
  see({code_in});
  see({chat_in});
  ask_for(ticket(1, code));
  see({});
  see({}, {{"code:7b", true, "was loaded, and thrown out again", true}});
  end(0); // it was served nevertheless
  orders();
  see({chat_in}, {{"code:7b", true, "was loaded, and thrown out again", true}});
  ask_for(ticket(2, chat));
  ASSERT_EQ(offered(), (ids{1, 2}));
  ask_for(ticket(3, code));
  EXPECT_EQ(orders(), names{}) << "chat is in use, and has not been there for long";
  advance(100s);
  EXPECT_EQ(orders(), names{}) << "it drains";
  EXPECT_EQ(offered(), (ids{1, 2}));
  end(1);
  EXPECT_EQ(orders(), (names{"-chat", "+code:7b"}));
  EXPECT_EQ(offered(), (ids{1, 2, 3}));
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

TEST_F(scheduler_memory, what_fits_is_loaded_while_one_more_urgent_waits_for_its_room) {
  begin();
  see({code_in});
  see({small_in});
  see({chat_in}); // so that all sizes are known
  ask_for(ticket(1, chat));
  for (std::uint64_t id = 2; id < 7; ++id)
    ask_for(ticket(id, code));
  EXPECT_EQ(orders(), names{}) << "chat is in use, and has not been there for long";
  ask_for(ticket(7, small));
  EXPECT_EQ(orders(), names{"+small"});
  see({chat_in, small_in});
  EXPECT_EQ(offered(), (ids{1, 7}));
  end(0);
  EXPECT_EQ(orders(), names{"-chat"}) << "14 and 2 fit, so the small one stays";
  see({small_in});
  EXPECT_EQ(orders(), names{"+code:7b"});
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

} // namespace
} // namespace logos::scheduling
