// SPDX-License-Identifier: MIT
// The SCHEDULER and what its provider's answers tell.
#include "tests/actors/scheduler_fixture.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <map>

namespace logos::scheduling {
namespace {

using core::ec;
using namespace std::chrono_literals;

class scheduler_allowance_test : public scheduler_fixture {
protected:
  void ask_for_many(std::uint64_t first, std::uint64_t last) {
    for (auto id = first; id <= last; ++id)
      ask_for(id);
  }
  actors::release told(std::size_t offer, std::int64_t limit, std::int64_t remaining, std::int64_t reset_us,
                       std::uint16_t status = 200) const {
    auto r = release_of(log_.offers[offer], status < 400 ? ec::none : ec::upstream_error, status);
    r.duration_us = 10'000;
    r.rates.requests = {limit, remaining, reset_us};
    return r;
  }
};

TEST_F(scheduler_allowance_test, nothing_is_sent_to_be_refused_and_what_comes_back_is_used) {
  start(2);
  ask_for_many(1, 10);
  EXPECT_EQ(offered().size(), 2U);
  tell(scheduler_, told(0, 10, 0, 10'000'000));
  tell(scheduler_, told(1, 10, 0, 10'000'000));
  EXPECT_EQ(offered().size(), 2U) << "places are free, and the quota is used up";
  EXPECT_NE(state().find("quota of requests"), std::string::npos) << state();
  advance(1100ms);
  EXPECT_EQ(offered().size(), 3U);
  advance(1s);
  EXPECT_EQ(offered().size(), 4U);
}

TEST_F(scheduler_allowance_test, whoever_asks_hears_when_the_quota_is_back_and_not_that_a_place_is_free) {
  start(4);
  const auto starts_in = [this](std::uint64_t id) {
    const auto all = ask<std::vector<actors::outlook>>(scheduler_, atom::explain_v, request(id));
    return all.empty() ? std::int64_t{-2} : all.front().starts_in_us;
  };
  ask_for(1);
  tell(scheduler_, told(0, 10, 0, 10'000'000)); // one comes back every second
  ask_for_many(2, 4);
  EXPECT_EQ(offered().size(), 1U);
  EXPECT_NEAR(static_cast<double>(starts_in(2)), 1e6, 2e4);
  EXPECT_NEAR(static_cast<double>(starts_in(4)), 3e6, 2e4);
}

TEST_F(scheduler_allowance_test, without_a_reset_nobody_knows_when_the_quota_is_back) {
  start(4);
  ask_for(1);
  tell(scheduler_, told(0, 10, 0, -1));
  ask_for_many(2, 4); // 2 is sent to hear what is left
  EXPECT_EQ(offered(), (ids{1, 2}));
  const auto all = ask<std::vector<actors::outlook>>(scheduler_, atom::explain_v, request(3));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().starts_in_us, -1) << all.front().blocked_by;
}

TEST_F(scheduler_allowance_test, a_quota_is_one_deployments) {
  start(2);
  ask_for(ticket(1, 100));
  tell(scheduler_, told(0, 10, 0, 60'000'000));
  ask_for(ticket(2, 100));
  ask_for(ticket(3, 200));
  EXPECT_EQ(offered(), (ids{1, 3}));
}

TEST_F(scheduler_allowance_test, whoever_waits_too_long_hears_why) {
  start(2);
  ask_for(1);
  tell(scheduler_, told(0, 10, 0, 600'000'000));
  auto t = ticket(2);
  t.patience_us = 2'000'000;
  ask_for(t);
  advance(3s);
  ASSERT_EQ(log_.refusals.size(), 1U);
  EXPECT_NE(log_.refusals[0].message.find("quota of requests for this model is used up"), std::string::npos)
      << log_.refusals[0].message;
}

TEST_F(scheduler_allowance_test, refusals_without_a_word_show_how_much_it_takes_at_a_time) {
  start(16);
  ask_for_many(1, 40);
  ASSERT_EQ(offered().size(), 16U);
  for (std::size_t i = 15; i >= 4; --i) {
    auto r = release_of(log_.offers[i], ec::upstream_error, 429);
    r.duration_us = 5'000;
    tell(scheduler_, r);
  }
  EXPECT_EQ(offered().size(), 16U) << "four still run, and four is what it takes";
  tell(scheduler_, release_of(log_.offers[0]));
  EXPECT_EQ(offered().size(), 17U);
  EXPECT_NE(state().find("no more than 4 requests"), std::string::npos) << state();
}

TEST_F(scheduler_allowance_test, whoever_waits_for_a_provider_whose_account_is_closed_asks_once_and_without_a_pause) {
  start(1);
  ask_for_many(1, 5);
  for (std::size_t asked = 1; asked < 5; ++asked) {
    ASSERT_EQ(offered().size(), asked);
    auto r = release_of(log_.offers.back(), ec::none, 429);
    r.account_closed = true;
    r.retry_after_s = 30;
    r.rates.requests = {100, 0, 60'000'000}; // which nobody may use up
    tell(scheduler_, r);
  }
  EXPECT_EQ(offered().size(), 5U);
}

TEST_F(scheduler_allowance_test, after_a_pause_requests_go_out_one_by_one) {
  start(32);
  ask_for(1);
  auto busy = release_of(log_.offers[0], ec::upstream_error, 429);
  busy.rates.pause_us = 1'000'000;
  tell(scheduler_, busy);
  ask_for_many(2, 33);
  EXPECT_EQ(offered().size(), 1U);
  EXPECT_NE(state().find("pause"), std::string::npos) << state();
  std::map<int, std::size_t> per_10ms;
  std::size_t before = 1;
  for (int i = 0; i < 300; ++i) {
    advance(10ms);
    for (auto at = before; at < log_.offers.size(); ++at)
      tell(scheduler_, release_of(log_.offers[at]));
    per_10ms[i] = offered().size() - before;
    before = offered().size();
    EXPECT_LE(per_10ms[i], i < 150 ? 3U : 12U) << "at " << i * 10 << " ms";
    EXPECT_TRUE(i >= 99 || per_10ms[i] == 0) << "at " << i * 10 << " ms";
  }
  EXPECT_EQ(offered().size(), 33U);
}

TEST_F(scheduler_allowance_test, what_a_slice_was_used_for_counts) {
  start(8);
  ask_for(1);
  tell(scheduler_, told(0, 10, 9, 1'000'000));
  tests::requester_log log;
  const auto delegate = requester("delegate/b", log);
  tell(scheduler_, atom::lease_v, actors::slice{100, 0, 2}, delegate);
  ASSERT_EQ(log.slices.size(), 1U);
  EXPECT_EQ(log.slices[0].places, 2U);
  actors::bundle b;
  for (int i = 0; i < 5; ++i) {
    auto r = told(0, -1, -1, -1);
    r.permit = 1ULL << 63 | static_cast<std::uint64_t>(i);
    b.settled.push_back(r);
  }
  tell(scheduler_, b, delegate);
  EXPECT_EQ(log.recalls.size(), 1U) << "less than half is left: every request counts";
  tell(scheduler_, atom::lease_v, actors::slice{100, 0, 2}, delegate);
  EXPECT_EQ(log.slices.back().places, 0U);
}

} // namespace
} // namespace logos::scheduling
