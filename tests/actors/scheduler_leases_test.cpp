// SPDX-License-Identifier: MIT
// Places leased ahead end with what they were leased for.
#include "tests/actors/scheduler_memory_fixture.hpp"

namespace logos::scheduling {
namespace {

/// A DELEGATE on another node has leased two places of `chat`.
class scheduler_leases : public scheduler_memory {
protected:
  void begin_leasing(std::uint32_t overall = 0) {
    auto t = terms();
    t.parallel = 8;
    t.max_in_flight = overall;
    begin(t);
    see({chat_in});
    delegate_ = requester("delegate/gpu-1", delegate_log_);
    ASSERT_EQ(lease(), 2U);
  }
  /// How many of two places it gets.
  std::uint32_t lease() {
    tell(scheduler_, atom::lease_v, actors::slice{chat, epoch_, 2}, delegate_);
    return delegate_log_.slices.back().places;
  }
  void give_back(std::uint32_t places = 2) {
    tell(scheduler_, atom::give_back_v, actors::slice{chat, epoch_, places}, delegate_);
  }
  const std::vector<std::int64_t>& recalls() const { return delegate_log_.recalls; }

  const std::vector<std::int64_t> once{chat};
  tests::requester_log delegate_log_;
  actors::requester_actor delegate_;
};

TEST_F(scheduler_leases, of_a_model_that_is_drained_places_are_wanted_back_though_nobody_waits) {
  begin_leasing();
  auto t = terms();
  t.deployments[0].residence = static_cast<std::uint8_t>(actors::residence::drained);
  tell(scheduler_, t);
  EXPECT_EQ(recalls(), once);
  EXPECT_EQ(orders(), names{}) << "they may be in use";
  EXPECT_EQ(lease(), 0U);
  give_back();
  EXPECT_EQ(orders(), names{"-chat"});
}

TEST_F(scheduler_leases, whoever_has_all_of_them_in_use_is_asked_once) {
  begin_leasing();
  auto t = terms();
  t.deployments[0].residence = static_cast<std::uint8_t>(actors::residence::drained);
  tell(scheduler_, t);
  give_back(0); // nothing is free there now
  see({chat_in});
  see({chat_in});
  EXPECT_EQ(recalls(), once) << "they come by themselves";
  give_back(1);
  give_back(1);
  EXPECT_EQ(orders(), names{"-chat"});
}

TEST_F(scheduler_leases, of_a_model_that_an_operator_unloads_places_are_wanted_back) {
  begin_leasing();
  EXPECT_EQ(ask<actors::order_report>(scheduler_, atom::order_v, chat, false).state, "draining");
  EXPECT_EQ(recalls(), once);
  EXPECT_EQ(lease(), 0U);
  give_back();
  EXPECT_EQ(orders(), names{"-chat"});
}

TEST_F(scheduler_leases, of_a_model_that_the_server_has_lost_places_are_wanted_back) {
  begin_leasing();
  see({}); // it was started again
  EXPECT_EQ(recalls(), once);
  EXPECT_EQ(lease(), 0U);
  give_back();
  see({chat_in});
  EXPECT_EQ(lease(), 2U);
}

TEST_F(scheduler_leases, of_a_provider_that_cannot_be_reached_places_are_wanted_back) {
  begin_leasing();
  observe(false);
  EXPECT_EQ(recalls(), once);
  EXPECT_EQ(lease(), 0U);
}

TEST_F(scheduler_leases, a_provider_that_is_full_leaves_them_where_they_are_while_nobody_waits) {
  begin_leasing(4);
  ask_for(ticket(1, chat));
  ask_for(ticket(2, chat));
  see({chat_in});
  EXPECT_EQ(recalls(), std::vector<std::int64_t>{});
  ask_for(ticket(3, small));
  EXPECT_EQ(recalls(), once) << "a place of any model would do";
}

} // namespace
} // namespace logos::scheduling
