// SPDX-License-Identifier: MIT
// The SCHEDULER and what its provider's server says of how much it takes.
#include "tests/actors/scheduler_fixture.hpp"

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;

class scheduler_load_test : public scheduler_fixture {
protected:
  void begin(std::uint32_t usual, std::uint32_t parallel = 0) {
    auto t = terms(parallel);
    t.usual_parallel = usual;
    start(t);
  }
  void see(std::string server, std::int64_t slots = -1, std::int64_t running = -1, std::int64_t waiting = -1) {
    actors::provider_observation seen;
    seen.provider_id = 1;
    seen.reachable = true;
    seen.server = std::move(server);
    seen.slots = slots;
    seen.running = running;
    seen.waiting = waiting;
    tell(scheduler_, seen);
  }
  void ask_for_many(std::uint64_t first, std::uint64_t last, std::int64_t deployment = 100) {
    for (auto id = first; id <= last; ++id)
      ask_for(ticket(id, deployment));
  }
  actors::outlook outlook_of(std::uint64_t id) {
    const auto all = ask<std::vector<actors::outlook>>(scheduler_, atom::explain_v, request(id));
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? actors::outlook{} : all.front();
  }
};

TEST_F(scheduler_load_test, a_llama_cpp_gets_no_more_than_its_slots_whatever_models_are_asked_for) {
  begin(16);
  see("llama.cpp b1", 4, 0, 0);
  ask_for_many(1, 3, 100);
  ask_for_many(4, 8, 200);
  EXPECT_EQ(offered().size(), 4U);
  const auto waits = outlook_of(8);
  EXPECT_EQ(waits.places, 4U);
  EXPECT_EQ(waits.places_in_all, 4U);
  EXPECT_EQ(waits.blocked_by, "all 4 places of the provider are in use, 4 more requests wait: its server has 4 slots");
  EXPECT_NE(state().find("4 places of each model: its server has 4 slots"), std::string::npos) << state();
  tell(scheduler_, release_of(log_.offers[0]));
  EXPECT_EQ(offered().size(), 5U);
}

TEST_F(scheduler_load_test, slots_that_were_seen_count_while_the_server_is_away_and_until_it_has_others) {
  begin(16);
  see("llama.cpp b1", 4, 0, 0);
  observe(false, "connection refused");
  see("llama.cpp b1", -1, 0, 0);
  ask_for_many(1, 9);
  EXPECT_EQ(offered().size(), 4U);
  see("llama.cpp b1", 6, 4, 0);
  EXPECT_EQ(offered().size(), 6U);
}

TEST_F(scheduler_load_test, the_operators_parallel_stands_whatever_the_server_says) {
  begin(16, 8);
  see("llama.cpp b1", 4, 0, 0);
  ask_for_many(1, 20);
  EXPECT_EQ(offered().size(), 8U);
  see("vLLM 0.10.2", -1, 2, 6);
  advance(1s);
  see("vLLM 0.10.2", -1, 2, 6);
  tell(scheduler_, release_of(log_.offers[0]));
  EXPECT_EQ(offered().size(), 9U);
  EXPECT_EQ(outlook_of(20).blocked_by, "all 8 places of this model are in use, 11 more requests wait for it");
}

TEST_F(scheduler_load_test, what_waits_inside_a_vllm_waits_here_and_whoever_asks_hears_why) {
  begin(64);
  ask_for_many(1, 70);
  ASSERT_EQ(offered().size(), 64U);
  see("vLLM 0.10.2", -1, 20, 44);
  advance(1s);
  see("vLLM 0.10.2", -1, 20, 44);
  for (std::size_t i = 0; i < 44; ++i)
    tell(scheduler_, release_of(log_.offers[i]));
  EXPECT_EQ(offered().size(), 64U) << "twenty run, and that is what it works on";
  EXPECT_EQ(outlook_of(70).places, 20U);
  EXPECT_EQ(outlook_of(70).blocked_by,
            "the provider takes no more than 20 requests for this model at a time: more wait inside it");
  EXPECT_NE(state().find("no more than 20 requests for this model at a time: more wait inside it"), std::string::npos)
      << state();
  tell(scheduler_, release_of(log_.offers[44]));
  EXPECT_EQ(offered().size(), 65U);
}

TEST_F(scheduler_load_test, an_ollama_of_today_gets_one_at_a_time_and_one_that_goes_by_its_memory_as_many_as_usual) {
  begin(4);
  ask_for_many(1, 8);
  EXPECT_EQ(offered().size(), 4U) << "nothing is known of it yet";
  see("Ollama 0.6.6");
  EXPECT_EQ(outlook_of(8).places, 4U);
  see("Ollama 0.9.6");
  EXPECT_EQ(outlook_of(8).places, 2U);
  see("Ollama 0.17.4");
  for (std::size_t i = 0; i < 3; ++i)
    tell(scheduler_, release_of(log_.offers[i]));
  EXPECT_EQ(offered().size(), 4U);
  EXPECT_EQ(outlook_of(8).blocked_by,
            "all 1 places of this model are in use, 4 more requests wait for it: an Ollama 0.17.4 serves 1 at a time "
            "unless OLLAMA_NUM_PARALLEL and 'parallel' say more");
  tell(scheduler_, release_of(log_.offers[3]));
  EXPECT_EQ(offered().size(), 5U);
  ask_for(ticket(9, 200));
  EXPECT_EQ(offered().size(), 6U) << "of each model";
}

TEST_F(scheduler_load_test, an_ollama_that_was_set_up_for_more_gets_what_its_operator_says) {
  begin(4, 8);
  see("Ollama 0.17.4");
  ask_for_many(1, 10);
  EXPECT_EQ(offered().size(), 8U);
}

TEST_F(scheduler_load_test, an_ollama_whose_version_was_not_told_this_time_is_what_it_was) {
  begin(4);
  see("Ollama 0.17.4");
  actors::provider_observation seen;
  seen.provider_id = 1;
  seen.reachable = seen.lists_memory = true;
  tell(scheduler_, seen);
  ask_for_many(1, 3);
  EXPECT_EQ(offered().size(), 1U);
}

TEST_F(scheduler_load_test, a_server_in_another_ones_place_has_not_its_slots) {
  begin(16);
  see("llama.cpp b1", 4, 0, 0);
  see("");
  ask_for_many(1, 9);
  EXPECT_EQ(offered().size(), 4U) << "one that still loads lists nothing, and is not another";
  actors::provider_observation other;
  other.provider_id = 1;
  other.reachable = true;
  other.listed_models = {"m"};
  tell(scheduler_, other);
  EXPECT_EQ(offered().size(), 9U);
}

TEST_F(scheduler_load_test, the_operators_bound_of_all_leaves_the_servers_slots_in_force) {
  auto t = terms(0);
  t.usual_parallel = 16;
  t.max_in_flight = 12;
  start(t);
  see("llama.cpp b1", 4, 0, 0);
  ask_for_many(1, 6, 100);
  ask_for_many(7, 12, 200);
  EXPECT_EQ(offered().size(), 4U);
  EXPECT_EQ(outlook_of(12).blocked_by,
            "all 4 places of the provider are in use, 8 more requests wait: its server has 4 slots");
}

} // namespace
} // namespace logos::scheduling
