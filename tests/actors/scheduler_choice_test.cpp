// SPDX-License-Identifier: MIT
#include "tests/actors/scheduler_fixture.hpp"

#include <gtest/gtest.h>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;

/// Tickets of requests that others may serve, too.
class scheduler_choice : public scheduler_fixture {
protected:
  static actors::ticket deferred(std::uint64_t id, std::chrono::microseconds by) {
    auto t = ticket(id, 100, false);
    t.defer_us = by.count();
    return t;
  }
  void end(std::size_t offer) { tell(scheduler_, release_of(log_.offers.at(offer))); }
};

TEST_F(scheduler_choice, who_is_deferred_is_served_elsewhere_until_then) {
  start(1);
  ask_for(deferred(1, 2s));
  EXPECT_EQ(offered(), ids{});
  advance(1s);
  tell(scheduler_, actors::withdrawal{request(1), 100});
  advance(5s);
  EXPECT_EQ(offered(), ids{});
  EXPECT_EQ(strays().withdrawals, 0U);
}

TEST_F(scheduler_choice, who_is_not_served_elsewhere_has_its_turn_when_its_time_has_come) {
  start(1);
  ask_for(deferred(1, 2s));
  advance(1900ms);
  EXPECT_EQ(offered(), ids{});
  advance(200ms);
  EXPECT_EQ(offered(), ids{1});
  EXPECT_GE(log_.offers[0].queued_us, 2'000'000);
}

TEST_F(scheduler_choice, a_place_that_falls_idle_goes_to_who_is_deferred_when_nobody_else_wants_it) {
  start(1);
  ask_for(1);
  ask_for(deferred(2, 3600s));
  ask_for(3);
  end(0);
  EXPECT_EQ(offered(), (ids{1, 3})) << "those who wait come first";
  end(1);
  EXPECT_EQ(offered(), (ids{1, 3, 2}));
}

TEST_F(scheduler_choice, who_is_deferred_is_refused_when_its_patience_ends) {
  start(1);
  ask_for(1);
  auto t = deferred(2, 3600s);
  t.patience_us = 5'000'000;
  ask_for(t);
  advance(6s);
  ASSERT_EQ(log_.refusals.size(), 1U);
  EXPECT_EQ(static_cast<core::ec>(log_.refusals[0].code), core::ec::queue_timeout);
}

TEST_F(scheduler_choice, who_is_deferred_is_refused_when_the_provider_is_gone) {
  start(1);
  ask_for(deferred(1, 3600s));
  observe(false);
  advance(5s);
  EXPECT_EQ(log_.refusals.size(), 1U);
}

TEST_F(scheduler_choice, what_it_shows_of_the_first_token_follows_the_length_of_prompts) {
  const auto shown = std::make_shared<outlooks>();
  scheduler_ = host<scheduler>("scheduler/gpu-1", terms(1), lease::unlimited(1), clock(), shown);
  ingress_ = host<tests::probe_requester>("ingress/0", &log_);
  for (std::uint64_t i = 0; i < 40; ++i) {
    ask_for(i + 1);
    auto r = release_of(log_.offers.back());
    r.prompt_tokens = 100 * static_cast<std::uint32_t>(i % 10 + 1);
    r.completion_tokens = 100;
    r.first_byte_us = 50'000 + r.prompt_tokens * std::int64_t{1'000};
    r.duration_us = r.first_byte_us + 2'000'000;
    tell(scheduler_, r);
  }
  EXPECT_NEAR(static_cast<double>(shown->find(100)->first_token_us), 50'000, 1'000);
  EXPECT_NEAR(static_cast<double>(shown->find(100)->prompt_token_ns), 1'000'000, 10'000);
}

TEST_F(scheduler_choice, where_answers_come_in_one_piece_their_end_is_what_is_waited_for) {
  const auto shown = std::make_shared<outlooks>();
  scheduler_ = host<scheduler>("scheduler/gpu-1", terms(1), lease::unlimited(1), clock(), shown);
  ingress_ = host<tests::probe_requester>("ingress/0", &log_);
  ask_for(1);
  auto r = release_of(log_.offers.back());
  r.prompt_tokens = r.completion_tokens = 100;
  r.first_byte_us = r.duration_us = 7'000'000;
  tell(scheduler_, r);
  EXPECT_EQ(shown->find(100)->first_token_us, 7'000'000);
}

TEST_F(scheduler_choice, what_it_shows_is_what_it_has) {
  const auto shown = std::make_shared<outlooks>();
  scheduler_ = host<scheduler>("scheduler/gpu-1", terms(2), lease::unlimited(1), clock(), shown);
  ingress_ = host<tests::probe_requester>("ingress/0", &log_);
  EXPECT_EQ(shown->find(100), nullptr);
  ask_for(1);
  const auto seen = shown->find(100);
  ASSERT_NE(seen, nullptr);
  EXPECT_TRUE(seen->open);
  EXPECT_TRUE(seen->warm);
  EXPECT_EQ(seen->places, 2U);
  EXPECT_EQ(seen->taken, 1U);
  ask_for(2);
  ask_for(3);
  EXPECT_EQ(seen->taken, 2U);
  EXPECT_EQ(seen->waiting, 1U);
  auto r = release_of(log_.offers[0]);
  r.first_byte_us = 300'000;
  tell(scheduler_, r);
  EXPECT_EQ(seen->waiting, 0U);
  EXPECT_EQ(seen->service_us, 1'000'000);
  EXPECT_EQ(seen->first_token_us, 300'000);
  EXPECT_EQ(seen->failed_permille, 0U);
  tell(scheduler_, release_of(log_.offers[1], core::ec::upstream_error, 500));
  EXPECT_GT(seen->failed_permille, 100U);
  observe(false);
  EXPECT_FALSE(seen->open);
  observe(true);
  EXPECT_TRUE(seen->open);
  crash();
  EXPECT_FALSE(seen->open) << "nobody grants there now";
}

} // namespace
} // namespace logos::scheduling
