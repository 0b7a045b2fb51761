// SPDX-License-Identifier: MIT
#include "bench/scheduling/family.hpp"
#include "bench/scheduling/policies/contenders.hpp"
#include "bench/scheduling/search/moves.hpp"
#include "bench/scheduling/search/search.hpp"
#include "tests/bench/scheduling/small.hpp"

#include <gtest/gtest.h>

namespace logos::bench {
namespace {

std::vector<trace> runs_of(const workload& w) {
  std::vector<trace> runs;
  for (const auto& who : contenders())
    runs.push_back(run(w, who.make));
  return runs;
}

TEST(search, grouping_by_model_beats_the_order_of_arrival) {
  auto w = small();
  for (int i = 0; i < 6; ++i)
    add(w, i, static_cast<model_index>(i % 2));
  const auto best = exhaust(w);
  EXPECT_EQ(best.run.residences.size(), 2U);
  // a loads until 10 s; jobs of 5 s at 10, 15, 20; b is there at 36 and serves at 36, 41, 46.
  EXPECT_EQ(best.run.jobs[0].started - instant{}, std::chrono::seconds{10});
  EXPECT_EQ(best.run.jobs[4].started - instant{}, std::chrono::seconds{20});
  EXPECT_EQ(best.run.jobs[5].started - instant{}, std::chrono::seconds{46});
}

TEST(search, it_finds_the_best_of_all_schedules_where_that_can_be_known) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    recipe r{.name = "few", .server = two_cards(seed % 2 == 0)};
    r.requests = 7;
    r.duration = std::chrono::seconds{40};
    r.coming = arrivals::poisson;
    const auto w = make(r, seed);
    const auto known = exhaust(w);
    const auto found = search(w, runs_of(w), {.seed = seed, .iterations = 8000});
    EXPECT_NEAR(found.reached.p95, known.reached.p95, 1e-9);
    EXPECT_GE(found.reached.p95, known.reached.p95 - 1e-9) << "the exhaustive search has missed a schedule";
  }
}

TEST(search, it_is_never_worse_than_what_it_was_shown) {
  for (const bool pairs : {false, true}) {
    recipe r{.name = "some", .server = two_cards(pairs)};
    r.requests = 80;
    r.duration = std::chrono::seconds{80};
    const auto w = make(r, 5);
    const auto runs = runs_of(w);
    for (const std::uint32_t iterations : {1U, 300U}) {
      const auto found = search(w, runs, {.iterations = iterations});
      for (const auto& t : runs)
        EXPECT_FALSE(score_of(w, t) < found.reached);
      EXPECT_EQ(found.reached.p95, score_of(w, found.run).p95);
      const auto ordered = search(w, runs, {.iterations = iterations, .keeps_order = true});
      EXPECT_TRUE(keeps_order(w, ordered.run));
      for (const auto& t : runs)
        EXPECT_FALSE(keeps_order(w, t) && score_of(w, t) < ordered.reached);
    }
  }
}

TEST(search, changes_keep_every_job_in_the_plan) {
  recipe r{.name = "some", .server = two_cards(true)};
  r.requests = 60;
  const auto w = make(r, 1);
  auto p = in_turn(w, 4);
  simulator::sequence random{9};
  for (int i = 0; i < 3000; ++i) {
    change(p, w, random, true);
    std::vector<std::size_t> of(w.server.models.size());
    for (std::size_t v = 0; v < p.visits.size(); ++v) {
      ASSERT_GT(p.visits[v].jobs, 0U);
      ASSERT_TRUE(v == 0 || p.visits[v - 1].model != p.visits[v].model);
      of[p.visits[v].model] += p.visits[v].jobs;
    }
    for (const auto& j : w.jobs)
      --of[j.model];
    ASSERT_EQ(of, std::vector<std::size_t>(w.server.models.size()));
  }
  for (const auto& passed : run(w, carry_out(p)).jobs)
    EXPECT_FALSE(passed.refused);
}

TEST(search, the_plan_behind_a_run_does_as_well) {
  recipe r{.name = "some", .server = two_cards(false)};
  r.requests = 100;
  const auto w = make(r, 2);
  for (const auto& t : runs_of(w)) {
    const auto again = score_of(w, run(w, carry_out(plan_of(w, t))));
    EXPECT_LE(again.p95, score_of(w, t).p95 * 1.05);
  }
}

} // namespace
} // namespace logos::bench
