// SPDX-License-Identifier: MIT
#include "simulator/residency.hpp"

#include <gtest/gtest.h>

namespace logos::simulator {
namespace {

using namespace std::chrono_literals;
using tickets = std::vector<residency::ticket>;

/// Three models on a card of 10 GB, of which any two fit.
class residency_test : public ::testing::Test {
protected:
  static constexpr std::size_t alpha = 0, beta = 1, gamma = 2;

  core::steady_time at(std::chrono::nanoseconds d) const { return core::steady_time{} + 1h + d; }
  static residency card(residency::limits l = {.vram_mb = 10'000, .keep_alive = 60s}) {
    return {{{"alpha", 4000, 2s, 2}, {"beta", 4000, 2s, 1}, {"gamma", 4000, 2s, 1}}, l};
  }
  /// Serves one request from arrival to end.
  static void use(residency& r, std::size_t model, core::steady_time t,
                  std::optional<std::chrono::nanoseconds> keep = {}) {
    const auto ticket = r.enter(model, keep);
    r.advance(t);
    r.advance(t + 2s);
    r.leave(ticket, t + 2s);
  }
  static bool loaded(const residency& r, std::size_t model) {
    for (const auto& resident : r.residents())
      if (resident.model == model) return true;
    return false;
  }
};

TEST_F(residency_test, a_cold_model_is_served_after_its_load_time) {
  auto r = card();
  const auto t = r.enter(alpha);
  EXPECT_TRUE(r.advance(at(0s)).empty());
  EXPECT_EQ(r.next_event(), at(2s));
  EXPECT_TRUE(r.advance(at(1999ms)).empty());
  EXPECT_EQ(r.advance(at(2s)), tickets{t});
  EXPECT_EQ(r.next_event(), residency::never);
  EXPECT_EQ(r.used_vram_mb(), 4000U);
}

TEST_F(residency_test, a_warm_model_serves_at_once_as_many_as_its_slots) {
  auto r = card();
  use(r, alpha, at(0s));
  const auto first = r.enter(alpha), second = r.enter(alpha), third = r.enter(alpha), fourth = r.enter(alpha);
  EXPECT_EQ(r.advance(at(3s)), (tickets{first, second}));
  EXPECT_EQ(r.count(alpha).waiting, 2U);
  r.leave(second, at(4s));
  EXPECT_EQ(r.advance(at(4s)), tickets{third});
  r.leave(first, at(5s));
  EXPECT_EQ(r.advance(at(5s)), tickets{fourth});
  EXPECT_EQ(r.count(alpha).max_running, 2U);
  EXPECT_EQ(r.count(alpha).loads, 1U);
}

TEST_F(residency_test, an_idle_model_is_unloaded_when_its_keep_alive_is_over) {
  auto r = card();
  use(r, alpha, at(0s));
  EXPECT_EQ(r.next_event(), at(62s));
  r.advance(at(61s));
  EXPECT_TRUE(loaded(r, alpha));
  r.advance(at(62s));
  EXPECT_FALSE(loaded(r, alpha));
  EXPECT_EQ(r.count(alpha).expiries, 1U);
  EXPECT_EQ(r.used_vram_mb(), 0U);
}

TEST_F(residency_test, keep_alive_of_zero_unloads_after_the_request_and_a_negative_one_never) {
  auto r = card();
  use(r, alpha, at(0s), 0s);
  use(r, beta, at(0s), -1s);
  r.advance(at(2s));
  EXPECT_FALSE(loaded(r, alpha));
  EXPECT_TRUE(loaded(r, beta));
  EXPECT_EQ(r.next_event(), residency::never);
}

TEST_F(residency_test, the_model_with_the_shortest_keep_alive_is_evicted_first) {
  auto r = card();
  use(r, alpha, at(0s), 50s);
  use(r, beta, at(2s), 40s);
  use(r, gamma, at(4s));
  EXPECT_TRUE(loaded(r, alpha));
  EXPECT_FALSE(loaded(r, beta));
  EXPECT_EQ(r.count(beta).evictions, 1U);
}

TEST_F(residency_test, equal_keep_alives_are_evicted_by_name) {
  auto r = card();
  use(r, beta, at(0s));
  use(r, alpha, at(2s));
  use(r, gamma, at(4s));
  EXPECT_FALSE(loaded(r, alpha));
  EXPECT_TRUE(loaded(r, beta));
}

TEST_F(residency_test, a_busy_model_is_not_evicted_and_later_requests_wait_behind) {
  auto r = card();
  const auto a = r.enter(alpha), b = r.enter(beta);
  r.advance(at(0s));
  EXPECT_EQ(r.advance(at(2s)), (tickets{a, b}));
  const auto c = r.enter(gamma);
  const auto late = r.enter(alpha);
  EXPECT_TRUE(r.advance(at(3s)).empty()) << "alpha has a free slot, but gamma came first";
  r.leave(b, at(4s));
  // Once gamma is being loaded, the way is free for those behind it.
  EXPECT_EQ(r.advance(at(4s)), tickets{late});
  EXPECT_FALSE(loaded(r, beta));
  EXPECT_EQ(r.advance(at(6s)), tickets{c});
}

TEST_F(residency_test, a_request_may_be_given_up_in_every_stage) {
  auto r = card();
  const auto running = r.enter(beta), waiting = r.enter(beta);
  r.advance(at(0s));
  EXPECT_EQ(r.advance(at(2s)), tickets{running});
  const auto other = r.enter(alpha);
  r.advance(at(2s));
  const auto at_the_door = r.enter(gamma);
  EXPECT_EQ(r.advance(at(4s)), tickets{other});
  r.leave(at_the_door, at(4s));
  r.leave(waiting, at(4s));
  r.leave(running, at(4s));
  r.leave(running, at(4s));
  EXPECT_TRUE(r.advance(at(5s)).empty());
  EXPECT_EQ(r.count(beta).running, 0U);
  EXPECT_EQ(r.count(beta).waiting, 0U);
  EXPECT_FALSE(loaded(r, gamma));
}

TEST_F(residency_test, a_model_whose_requests_all_left_while_it_loaded_still_expires) {
  auto r = card();
  const auto t = r.enter(alpha);
  r.advance(at(0s));
  r.leave(t, at(1s));
  EXPECT_TRUE(r.advance(at(2s)).empty());
  EXPECT_EQ(r.next_event(), at(62s));
}

TEST_F(residency_test, no_more_models_than_allowed_are_loaded) {
  auto r = card({.vram_mb = 0, .max_loaded = 1, .keep_alive = 60s});
  use(r, alpha, at(0s));
  use(r, beta, at(3s));
  EXPECT_FALSE(loaded(r, alpha));
  EXPECT_EQ(r.residents().size(), 1U);
}

TEST_F(residency_test, a_model_larger_than_the_card_takes_all_of_it) {
  residency r{{{"small", 1000, 0s, 1}, {"huge", 90'000, 0s, 1}}, {.vram_mb = 8000, .keep_alive = 60s}};
  use(r, 0, at(0s));
  const auto t = r.enter(1);
  EXPECT_EQ(r.advance(at(3s)), tickets{t});
  EXPECT_EQ(r.used_vram_mb(), 8000U);
  EXPECT_FALSE(loaded(r, 0));
}

TEST_F(residency_test, unloading_waits_for_a_busy_model) {
  auto r = card();
  const auto t = r.enter(alpha);
  r.advance(at(0s));
  r.advance(at(2s));
  r.unload(alpha, at(3s));
  r.advance(at(3s));
  EXPECT_TRUE(loaded(r, alpha));
  r.leave(t, at(4s));
  r.advance(at(4s));
  EXPECT_FALSE(loaded(r, alpha));
}

} // namespace
} // namespace logos::simulator
