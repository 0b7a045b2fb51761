// SPDX-License-Identifier: MIT
// What offers tell of loads, and refusals of how long it would take.
#include "tests/actors/scheduler_memory_fixture.hpp"

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;

class scheduler_told : public scheduler_memory {
protected:
  static actors::ticket hasty(std::uint64_t id, std::int64_t deployment) {
    auto t = ticket(id, deployment);
    t.patience_us = 2'000'000;
    return t;
  }
  /// What the only one hears that was refused, because it has waited for too long.
  std::uint32_t retry_after_s() {
    EXPECT_EQ(log_.refusals.size(), 1U);
    if (log_.refusals.empty()) return 0;
    EXPECT_EQ(static_cast<core::ec>(log_.refusals[0].code), core::ec::queue_timeout);
    return log_.refusals[0].retry_after_s;
  }
};

TEST_F(scheduler_told, who_waited_while_its_model_was_to_make_room_and_then_stayed_did_not_wait_for_a_load) {
  begin();
  see({chat_in});
  ask_for(ticket(1, chat));
  ask_for(ticket(2, code));
  advance(100s); // chat drains
  ask_for(ticket(3, chat));
  ASSERT_EQ(offered(), ids{1}) << "fenced";
  tell(scheduler_, actors::withdrawal{request(2), code});
  end(0);
  see({chat_in});
  ASSERT_EQ(offered(), (ids{1, 3}));
  EXPECT_FALSE(log_.offers[1].cold);
  EXPECT_EQ(log_.offers[1].load_us, 0);
}

TEST_F(scheduler_told, who_waited_for_a_victim_that_would_not_leave_did_not_wait_for_a_load) {
  begin();
  see({chat_in});
  ask_for(ticket(1, code));
  ASSERT_EQ(orders(), names{"-chat"});
  ask_for(ticket(2, chat));
  see({chat_in}, {{"chat:latest", false, "another client keeps it"}});
  ASSERT_EQ(offered(), ids{2});
  EXPECT_FALSE(log_.offers[0].cold);
}

TEST_F(scheduler_told, before_the_first_look_nobody_counts_as_cold_whose_model_is_there) {
  begin();
  ask_for(ticket(1, chat));
  ask_for(ticket(2, small));
  see({chat_in});
  ASSERT_EQ(offered(), ids{1});
  EXPECT_FALSE(log_.offers[0].cold);
  end(0);
  see({});
  see({small_in});
  ASSERT_EQ(offered(), (ids{1, 2}));
  EXPECT_TRUE(log_.offers[1].cold) << "this one was not";
}

TEST_F(scheduler_told, whose_model_is_lost_while_it_waits_has_waited_for_its_load) {
  begin();
  see({chat_in});
  for (std::uint64_t id = 1; id <= 3; ++id)
    ask_for(ticket(id, chat));
  see({});
  end(0);
  ASSERT_EQ(offered(), (ids{1, 2}));
  see({chat_in});
  ASSERT_EQ(offered(), (ids{1, 2, 3}));
  EXPECT_FALSE(log_.offers[1].cold);
  EXPECT_TRUE(log_.offers[2].cold);
  EXPECT_EQ(log_.offers[2].load_us, 8'000'000);
}

TEST_F(scheduler_told, a_load_that_failed_has_taken_no_time_of_an_earlier_one) {
  begin();
  see({chat_in});
  see({});
  ask_for(ticket(1, chat));
  see({}, {{"chat", true, "out of memory"}});
  ASSERT_EQ(offered(), ids{1});
  EXPECT_TRUE(log_.offers[0].cold) << "its model is not there";
  EXPECT_EQ(log_.offers[0].load_us, 0);
}

TEST_F(scheduler_told, who_has_waited_too_long_for_a_model_to_come_hears_of_all_the_places_it_will_have) {
  begin();
  see({chat_in});
  ask_for(ticket(1, chat));
  auto done = release_of(log_.offers[0]);
  done.duration_us = 10'000'000;
  tell(scheduler_, done);
  see({});
  for (std::uint64_t id = 2; id <= 21; ++id)
    ask_for(ticket(id, chat));
  ask_for(hasty(22, chat));
  advance(2100ms);
  EXPECT_NEAR(retry_after_s(), 139, 3) << "19 calls of 10 s in two places, and two deviations more";
}

TEST_F(scheduler_told, who_has_waited_too_long_for_room_in_memory_hears_of_the_load) {
  begin();
  see({chat_in});
  see({code_in});
  ask_for(ticket(1, code));
  ask_for(hasty(2, chat));
  advance(2100ms);
  EXPECT_EQ(retry_after_s(), 8U) << "what the last one took";
}

TEST_F(scheduler_told, who_has_waited_too_long_in_a_pause_hears_of_its_end) {
  start(2);
  ask_for(1);
  auto busy = release_of(log_.offers[0], core::ec::upstream_error, 429);
  busy.retry_after_s = 60;
  tell(scheduler_, busy);
  ask_for(hasty(2, 100));
  advance(2100ms);
  EXPECT_NEAR(retry_after_s(), 59, 2);
}

} // namespace
} // namespace logos::scheduling
