// SPDX-License-Identifier: MIT
#include "bench/scheduling/family.hpp"
#include "bench/scheduling/figures.hpp"
#include "bench/scheduling/policies/contenders.hpp"
#include "bench/scheduling/policies/fcfs.hpp"
#include "bench/scheduling/policies/ollama_server.hpp"
#include "bench/scheduling/policies/residency_plan.hpp"
#include "tests/bench/scheduling/small.hpp"

#include <gtest/gtest.h>

namespace logos::bench {
namespace {

double wait(const workload& w, const trace& t, job_index j) {
  return to_seconds(t.jobs[j].started - w.jobs[j].arrival);
}

TEST(policies, raw_ollama_serves_a_loaded_model_past_the_queue_and_loads_in_order_of_arrival) {
  auto w = small(2);
  add(w, 0, 0, 20);
  add(w, 11, 1);
  add(w, 12, 0);
  add(w, 40, 1);
  const auto t = run(w, raw_ollama().make);
  EXPECT_EQ(wait(w, t, 0), 10);
  EXPECT_EQ(wait(w, t, 2), 0) << "its model is there, although it is to go";
  EXPECT_EQ(wait(w, t, 1), 31 - 11 + 11) << "the first has to end, then unload and load";
  EXPECT_EQ(wait(w, t, 3), 2) << "it joins the load";
  EXPECT_EQ(t.residences.size(), 2U);
}

TEST(policies, raw_ollama_refuses_what_the_queue_does_not_hold) {
  auto w = small();
  add(w, 0, 0, 1000);
  for (int i = 0; i < 600; ++i)
    add(w, 20, 1);
  const auto f = figures_of(w, run(w, raw_ollama().make));
  EXPECT_EQ(f.refused, 600U - 513U);
}

TEST(policies, first_come_prefers_priority_and_keeps_to_its_places) {
  auto w = small();
  add(w, 0, 0, 4);
  add(w, 1, 0, 4, 1);
  add(w, 2, 0, 4, 10);
  const auto t = run(w, first_come_with_places().make);
  EXPECT_LT(t.jobs[2].started, t.jobs[1].started);
}

TEST(policies, plain_first_come_knows_no_priority) {
  auto w = small();
  add(w, 0, 0, 4);
  add(w, 1, 0, 4, 1);
  add(w, 2, 0, 4, 10);
  const auto t = run(w, plain_first_come().make);
  EXPECT_LT(t.jobs[1].started, t.jobs[2].started);
}

TEST(policies, logos_serves_high_first_and_others_of_a_greedy_key_in_turn) {
  auto w = small();
  for (int i = 0; i < 30; ++i)
    add(w, i * 0.01, 0, 4, 5);
  add(w, 1, 0, 4, 5);
  w.jobs.back().key = 1;
  add(w, 1.1, 0, 4, 10);
  w.keys = 2;
  const auto t = run(w, residency_plan(true).make), alike = run(w, residency_plan(false).make);
  for (const auto& p : t.jobs)
    EXPECT_GE(p.started, t.jobs[31].started) << "nobody goes before who is high";
  EXPECT_LT(wait(w, t, 30), 30) << "after one of the other key's at most";
  EXPECT_GT(wait(w, alike, 30), 100);
}

TEST(policies, upstream_gives_up_after_five_minutes) {
  auto w = small();
  add(w, 0, 0, 400);
  add(w, 1, 0);
  EXPECT_TRUE(run(w, upstream_first_come().make).jobs[1].refused);
  EXPECT_FALSE(run(w, first_come_with_places().make).jobs[1].refused);
}

/// The machine itself ends the program when a policy does what cannot be done.
TEST(policies, all_serve_everybody_who_is_not_refused_exactly_once) {
  auto recipes = families();
  const auto more = untuned_families();
  recipes.insert(recipes.end(), more.begin(), more.end());
  for (const auto& r : recipes) {
    const auto w = make(r, 7);
    for (const auto& who : contenders()) {
      SCOPED_TRACE(r.name + ", " + who.name);
      const auto t = run(w, who.make);
      std::size_t served = 0, stayed = 0;
      for (const auto& p : t.jobs) {
        EXPECT_NE(p.refused, p.ended != never);
        served += p.refused ? 0 : 1;
      }
      for (const auto& stay : t.residences)
        stayed += stay.served;
      EXPECT_EQ(stayed, served);
      if (who.name != "upstream FCFS") {
        EXPECT_EQ(served, w.jobs.size());
      }
    }
  }
}

TEST(policies, a_run_follows_from_its_seed) {
  const auto w = make(families().front(), 3);
  for (const auto& who : contenders()) {
    const auto a = score_of(w, run(w, who.make)), b = score_of(w, run(w, who.make));
    EXPECT_EQ(a.p95, b.p95) << who.name;
    EXPECT_EQ(a.mean, b.mean) << who.name;
  }
}

} // namespace
} // namespace logos::bench
