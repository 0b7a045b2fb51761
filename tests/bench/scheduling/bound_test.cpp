// SPDX-License-Identifier: MIT
#include "bench/scheduling/family.hpp"
#include "bench/scheduling/figures.hpp"
#include "bench/scheduling/policies/contenders.hpp"
#include "bench/scheduling/search/bound.hpp"
#include "bench/scheduling/search/search.hpp"
#include "simulator/text.hpp"
#include "tests/bench/scheduling/small.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace logos::bench {
namespace {

bool every(const job&) { return true; }
bool high(const job& j) { return j.priority == 10; }

TEST(bound, is_what_the_best_schedule_needs_where_one_must_wait_for_the_other_to_be_served_and_replaced) {
  auto w = small();
  for (int i = 0; i < 12; ++i) {
    add(w, i * 100.0 + 50, 0);
    add(w, i * 100.0 + 50, 1);
  }
  // 5 s are served, 1 s unloads, 10 s load, 1 s reads the prompt.
  const auto least = *least_p95(w, every, 40);
  EXPECT_LE(least, 17);
  EXPECT_GT(least, 16);
}

TEST(bound, is_no_more_than_a_prompt_where_everybody_can_be_foreseen) {
  auto w = small();
  for (int i = 0; i < 12; ++i)
    add(w, i * 100.0 + 50, static_cast<model_index>(i % 2));
  EXPECT_LE(*least_p95(w, every, 40), 1);
}

TEST(bound, is_beaten_by_no_schedule) {
  std::size_t tight = 0;
  for (auto recipe : families()) {
    // An eighth of the time: a bound is a search.
    recipe.requests /= 8;
    recipe.duration /= 8;
    if (recipe.name.find("pairs") == std::string::npos && recipe.name != "light, one fits") continue;
    const auto w = make(recipe, 5);
    auto all = std::numeric_limits<double>::infinity(), of_high = all;
    for (const auto& who : contenders()) {
      const auto f = figures_of(w, run(w, who.make));
      all = std::min(all, f.all.p95);
      of_high = std::min(of_high, f.high.p95);
    }
    // Given more than that: what somebody has reached must not be what keeps it from saying more.
    const auto least = least_p95(w, every, 2 * all), least_high = least_p95(w, high, 2 * of_high);
    ASSERT_TRUE(least && least_high) << recipe.name;
    EXPECT_LE(*least, all) << recipe.name;
    EXPECT_LE(*least_high, of_high) << recipe.name;
    tight += *least > all / 2 ? 1 : 0;
  }
  EXPECT_GE(tight, 1U) << "a bound that says nothing is none";
}

TEST(bound, is_beaten_by_no_plan_of_a_few_jobs) {
  simulator::sequence random{11};
  for (int round = 0; round < 20; ++round) {
    auto w = small(2);
    for (int i = 0; i < 6; ++i)
      add(w, static_cast<double>(random.below(60)), static_cast<model_index>(random.below(2)),
          static_cast<std::uint32_t>(1 + random.below(9)));
    const auto best = exhaust(w).reached.p95;
    const auto least = least_p95(w, every, 2 * best);
    ASSERT_TRUE(least);
    EXPECT_LE(*least, best) << round;
  }
}

TEST(bound, says_nothing_where_all_fit) {
  auto w = small();
  w.server.vram_mb = 20'000;
  add(w, 0, 0);
  EXPECT_FALSE(least_p95(w, every, 40));
}

} // namespace
} // namespace logos::bench
