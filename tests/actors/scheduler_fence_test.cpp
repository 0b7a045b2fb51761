// SPDX-License-Identifier: MIT
// A model that is to make room is fenced. When nobody wants the room any more, who waits behind the fence goes at once.
#include "tests/actors/scheduler_memory_fixture.hpp"

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;

/// Somebody waits for `code`, for which `chat` is to make room; it is in use, and another waits behind its fence.
class scheduler_fence : public scheduler_memory {
protected:
  void begin_draining(std::chrono::microseconds patience = 300s) {
    begin();
    see({chat_in});
    ask_for(ticket(1, chat));
    auto t = ticket(2, code);
    t.patience_us = patience.count();
    tell(scheduler_, t, other_);
    advance(100s); // chat drains
    ask_for(ticket(3, chat));
    ASSERT_EQ(offered(), ids{1}) << "fenced";
  }
  void expect_gone_at_once() {
    EXPECT_EQ(offered(), (ids{1, 3})) << state();
    EXPECT_EQ(orders(), names{});
  }

  tests::requester_log other_log_;
  actors::requester_actor other_{requester("delegate/gpu-1", other_log_)};
};

TEST_F(scheduler_fence, falls_with_the_ticket_that_it_was_put_up_for) {
  begin_draining();
  tell(scheduler_, actors::withdrawal{request(2), code});
  expect_gone_at_once();
}

TEST_F(scheduler_fence, falls_when_who_it_was_put_up_for_has_waited_too_long) {
  begin_draining(150s);
  advance(50s + 10ms);
  ASSERT_EQ(other_log_.refusals.size(), 1U);
  expect_gone_at_once();
}

TEST_F(scheduler_fence, falls_when_the_model_that_it_was_put_up_for_is_not_to_be_loaded_any_more) {
  begin_draining();
  auto t = terms();
  t.deployments[1].residence = static_cast<std::uint8_t>(actors::residence::drained);
  tell(scheduler_, t);
  ASSERT_EQ(other_log_.refusals.size(), 1U);
  expect_gone_at_once();
}

TEST_F(scheduler_fence, falls_when_the_node_is_lost_that_it_was_put_up_for) {
  begin_draining();
  tell(scheduler_, actors::inventory{"node-b", {}}, other_);
  tell(scheduler_, atom::lost_v, std::string{"node-b"}, std::int64_t{1'000'000});
  expect_gone_at_once();
}

} // namespace
} // namespace logos::scheduling
