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
  /// Loads alpha and beta until 4 s, each with one request under way.
  std::pair<residency::ticket, residency::ticket> busy_pair(residency& r) const {
    const auto a = r.enter(alpha), b = r.enter(beta);
    for (const auto t : {0s, 2s, 4s})
      r.advance(at(t));
    return {a, b};
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

TEST_F(residency_test, models_are_loaded_one_after_the_other) {
  auto r = card();
  const auto a = r.enter(alpha), b = r.enter(beta);
  r.advance(at(0s));
  EXPECT_EQ(r.residents().size(), 1U);
  EXPECT_EQ(r.advance(at(2s)), tickets{a});
  EXPECT_EQ(r.next_event(), at(4s));
  EXPECT_EQ(r.advance(at(4s)), tickets{b});
}

TEST_F(residency_test, a_request_for_a_loaded_model_passes_those_by_that_wait_for_a_load) {
  auto r = card();
  const auto [a, b] = busy_pair(r);
  const auto c = r.enter(gamma);
  EXPECT_TRUE(r.advance(at(5s)).empty()) << "both are busy";
  const auto late = r.enter(alpha);
  EXPECT_EQ(r.advance(at(5s)), tickets{late});
  r.leave(a, at(6s));
  r.leave(late, at(6s));
  EXPECT_TRUE(r.advance(at(6s)).empty());
  EXPECT_FALSE(loaded(r, alpha));
  EXPECT_EQ(r.advance(at(8s)), tickets{c});
  r.leave(b, at(9s));
}

TEST_F(residency_test, whoever_stands_behind_the_head_waits_for_its_load_too) {
  auto r = card();
  const auto [a, b] = busy_pair(r);
  const auto head = r.enter(gamma);
  r.advance(at(4s));
  r.leave(a, at(5s));
  r.advance(at(5s));
  const auto behind = r.enter(alpha);
  EXPECT_TRUE(r.advance(at(6s)).empty()) << "gamma is being loaded";
  EXPECT_EQ(r.advance(at(7s)), tickets{head});
  EXPECT_EQ(r.next_event(), residency::never) << "now alpha waits for a victim";
  // Both are busy, so that the name decides although gamma has just come.
  r.leave(head, at(8s));
  EXPECT_TRUE(r.advance(at(8s)).empty()) << "an idle model is no victim any more once another was marked";
  r.leave(b, at(9s));
  r.advance(at(9s));
  EXPECT_FALSE(loaded(r, beta));
  EXPECT_EQ(r.advance(at(11s)), tickets{behind});
}

TEST_F(residency_test, a_busy_victim_goes_when_its_last_request_ends) {
  auto r = card({.vram_mb = 10'000, .keep_alive = -1s});
  const auto [a, b] = busy_pair(r);
  const auto c = r.enter(gamma);
  r.advance(at(4s));
  EXPECT_TRUE(r.blocked());
  r.leave(a, at(5s));
  r.advance(at(5s));
  EXPECT_FALSE(loaded(r, alpha)) << "although it was to be kept for ever";
  EXPECT_TRUE(loaded(r, beta));
  EXPECT_EQ(r.advance(at(7s)), tickets{c});
  r.leave(b, at(8s));
}

TEST_F(residency_test, a_keep_alive_of_its_own_revives_the_victim_and_the_load_waits_for_ever) {
  auto r = card();
  const auto [a, b] = busy_pair(r);
  const auto c = r.enter(gamma);
  r.advance(at(4s));
  const auto late = r.enter(alpha, -1s);
  EXPECT_EQ(r.advance(at(5s)), tickets{late});
  for (const auto t : {a, b, late})
    r.leave(t, at(6s));
  r.advance(at(6s));
  // beta's keep-alive ends the wait; pinned, it would go on.
  EXPECT_EQ(r.next_event(), at(66s));
  EXPECT_TRUE(r.blocked());
  EXPECT_TRUE(r.advance(at(65s)).empty());
  EXPECT_TRUE(r.advance(at(66s)).empty());
  EXPECT_EQ(r.advance(at(68s)), tickets{c});
}

TEST_F(residency_test, with_every_model_pinned_the_revived_victim_hangs_the_queue) {
  for (const bool bug : {true, false}) {
    auto r = card({.vram_mb = 10'000, .keep_alive = -1s, .revives_victims = bug});
    const auto [a, b] = busy_pair(r);
    const auto c = r.enter(gamma);
    r.advance(at(4s));
    const auto late = r.enter(alpha, -1s);
    for (const auto t : {a, b})
      r.leave(t, at(5s));
    r.advance(at(5s));
    if (bug) {
      r.leave(late, at(6s));
      EXPECT_TRUE(r.advance(at(6s)).empty());
      EXPECT_EQ(r.next_event(), residency::never);
      EXPECT_EQ(r.count(gamma).waiting, 1U);
      const auto warm = r.enter(beta);
      EXPECT_EQ(r.advance(at(3600s)), tickets{warm}) << "nothing shows from outside";
    } else {
      EXPECT_EQ(r.advance(at(7s)), tickets{c});
      EXPECT_EQ(r.advance(at(9s)), tickets{late}) << "it evicts beta, which is idle";
    }
  }
}

TEST_F(residency_test, a_request_without_keep_alive_delays_a_victim_and_does_not_revive_it) {
  auto r = card();
  const auto [a, b] = busy_pair(r);
  const auto c = r.enter(gamma);
  r.advance(at(4s));
  const auto late = r.enter(alpha);
  r.leave(a, at(5s));
  EXPECT_EQ(r.advance(at(5s)), tickets{late});
  EXPECT_TRUE(loaded(r, alpha));
  r.leave(late, at(6s));
  r.advance(at(6s));
  EXPECT_FALSE(loaded(r, alpha));
  EXPECT_EQ(r.advance(at(8s)), tickets{c});
  r.leave(b, at(9s));
}

TEST_F(residency_test, unloading_takes_its_time_and_its_memory) {
  residency r{{{"alpha", 6000, 2s, 1, 1s}, {"beta", 6000, 2s, 1, 1s}}, {.vram_mb = 10'000, .keep_alive = 60s}};
  use(r, alpha, at(0s));
  const auto t = r.enter(beta);
  r.advance(at(2s));
  EXPECT_TRUE(r.residents().empty());
  EXPECT_EQ(r.used_vram_mb(), 6000U);
  r.advance(at(3s));
  EXPECT_TRUE(loaded(r, beta));
  EXPECT_EQ(r.advance(at(5s)), tickets{t});
}

TEST_F(residency_test, another_context_loads_the_model_anew) {
  residency r{{{"alpha", 4000, 2s, 2, 0s, 4096}}, {.vram_mb = 10'000, .keep_alive = 60s}};
  const auto first = r.enter(alpha);
  r.advance(at(0s));
  EXPECT_EQ(r.advance(at(2s)), tickets{first});
  const auto same = r.enter(alpha, {}, 4096);
  EXPECT_EQ(r.advance(at(2s)), tickets{same});
  const auto wider = r.enter(alpha, {}, 8192);
  EXPECT_TRUE(r.advance(at(2s)).empty()) << "its own model is the victim, and busy";
  r.leave(same, at(3s));
  r.leave(first, at(3s));
  EXPECT_TRUE(r.advance(at(3s)).empty());
  EXPECT_EQ(r.advance(at(5s)), tickets{wider});
  EXPECT_EQ(r.residents()[0].context, 8192U);
  EXPECT_EQ(r.count(alpha).loads, 2U);
  const auto plain = r.enter(alpha);
  r.leave(wider, at(6s));
  r.advance(at(6s));
  EXPECT_EQ(r.advance(at(8s)), tickets{plain}) << "and back";
}

TEST_F(residency_test, who_gives_up_at_the_head_of_the_queue_blocks_it_until_the_victim_has_gone) {
  auto r = card();
  const auto [a, b] = busy_pair(r);
  const auto gone = r.enter(gamma);
  r.advance(at(4s));
  r.leave(gone, at(4s));
  r.leave(b, at(5s));
  r.advance(at(5s));
  EXPECT_TRUE(r.blocked());
  r.leave(a, at(6s));
  r.advance(at(6s));
  EXPECT_FALSE(r.blocked());
  EXPECT_FALSE(loaded(r, alpha));
  EXPECT_FALSE(loaded(r, gamma));
}

TEST_F(residency_test, who_leaves_ends_the_load_that_it_began_and_those_who_joined_it_load_again) {
  auto r = card();
  const auto t = r.enter(alpha);
  r.advance(at(0s));
  const auto joined = r.enter(alpha);
  r.leave(t, at(1s));
  EXPECT_TRUE(r.advance(at(1s)).empty());
  EXPECT_EQ(r.next_event(), at(3s));
  EXPECT_EQ(r.advance(at(3s)), tickets{joined});
  EXPECT_EQ(r.count(alpha).loads, 2U);
}

TEST_F(residency_test, behind_a_full_queue_nobody_is_let_in_but_for_loaded_models) {
  auto r = card({.vram_mb = 10'000, .keep_alive = 60s, .max_queue = 2});
  const auto [a, b] = busy_pair(r);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(r.enter(gamma), 0U);
    r.advance(at(4s));
  }
  EXPECT_EQ(r.enter(gamma), 0U);
  EXPECT_EQ(r.count(gamma).waiting, 3U);
  EXPECT_NE(r.enter(alpha), 0U);
  r.leave(a, at(5s));
  r.leave(b, at(5s));
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
