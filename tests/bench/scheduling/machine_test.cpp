// SPDX-License-Identifier: MIT
#include "bench/scheduling/policy.hpp"
#include "tests/bench/scheduling/small.hpp"

#include <gtest/gtest.h>

namespace logos::bench {
namespace {

double at(instant t) { return to_seconds(t - instant{}); }

void step(machine& m) {
  std::vector<event> happened;
  ASSERT_TRUE(m.advance(happened));
}

TEST(machine, a_job_takes_its_load_its_prompt_and_its_answer) {
  auto w = small();
  add(w, 3, 0);
  machine m{w};
  step(m);
  EXPECT_EQ(at(m.now()), 3);
  EXPECT_EQ(m.waiting(0), 1U);
  m.load(0);
  EXPECT_EQ(m.free_mb(), 4000U);
  step(m);
  EXPECT_EQ(m.at(0), stage::warm);
  m.start(0);
  step(m);
  step(m);
  const auto t = m.finish();
  EXPECT_EQ(at(t.jobs[0].started), 13);
  EXPECT_EQ(at(t.jobs[0].first_token), 14);
  EXPECT_EQ(at(t.jobs[0].ended), 18);
  EXPECT_EQ(to_seconds(t.waiting), 10);
  EXPECT_EQ(to_seconds(t.idle), 10);
}

TEST(machine, what_ends_at_a_moment_has_ended_before_what_comes_then) {
  auto w = small();
  add(w, 0, 0);
  add(w, 15, 0);
  machine m{w};
  step(m);
  m.load(0);
  step(m);
  m.start(0);
  step(m);
  std::vector<event> happened;
  ASSERT_TRUE(m.advance(happened));
  ASSERT_EQ(happened.size(), 2U);
  EXPECT_EQ(happened[0].kind, event_kind::ended);
  EXPECT_EQ(happened[1].kind, event_kind::arrived);
  EXPECT_TRUE(m.has_slot(0));
}

TEST(machine, free_slots_beside_a_waiting_job_are_counted) {
  auto w = small(3);
  add(w, 0, 0);
  add(w, 12, 0);
  machine m{w};
  step(m);
  m.load(0);
  step(m);
  m.start(0);
  while (m.now() < instant{} + std::chrono::seconds{14})
    step(m);
  EXPECT_EQ(m.finish().held_back_s, 3) << "one job, from 12 s to 15 s";
}

TEST(machine, who_is_never_served_is_refused) {
  auto w = small();
  add(w, 0, 0);
  machine m{w};
  step(m);
  EXPECT_TRUE(m.finish().jobs[0].refused);
}

using machine_death_test = ::testing::Test;

TEST(machine_death_test, what_the_server_cannot_do_ends_the_program) {
  auto w = small();
  add(w, 0, 0);
  add(w, 0, 0);
  machine m{w};
  step(m);
  EXPECT_DEATH(m.start(0), "not warm");
  EXPECT_DEATH(m.unload(0), "not warm");
  m.load(0);
  EXPECT_DEATH(m.load(1), "no room");
  step(m);
  EXPECT_DEATH(m.load(1), "no room");
  m.start(0);
  EXPECT_DEATH(m.start(1), "no free slot");
  EXPECT_DEATH(m.start(0), "does not wait");
  EXPECT_DEATH(m.unload(0), "busy");
}

} // namespace
} // namespace logos::bench
