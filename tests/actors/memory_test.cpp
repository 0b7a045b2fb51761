// SPDX-License-Identifier: MIT
#include "actors/scheduling/memory.hpp"

#include <gtest/gtest.h>

namespace logos::scheduling {
namespace {

using namespace std::chrono_literals;

constexpr core::steady_time start{std::chrono::hours{1}};

class memory_test : public ::testing::Test {
protected:
  void adopt(std::initializer_list<const char*> models) {
    actors::provider_terms terms;
    terms.memory_bytes = 32ull << 30;
    for (const auto* name : models) {
      terms.deployments.emplace_back();
      terms.deployments.back().deployment_id = static_cast<std::int64_t>(terms.deployments.size());
      terms.deployments.back().model = name;
    }
    memory_.adopt(terms, places_);
  }
  void see(const char* model, std::chrono::microseconds load) {
    actors::provider_observation seen;
    seen.reachable = seen.lists_memory = true;
    seen.loaded_models.emplace_back();
    seen.loaded_models.back().name = model;
    seen.loaded_models.back().load_us = load.count();
    memory_.observe(seen, start);
  }
  places places_;
  memory memory_;
  service_times times_;
};

TEST_F(memory_test, the_pace_is_what_a_call_takes_or_a_load_where_that_takes_longer) {
  times_.observe(0, 3'000'000);
  EXPECT_EQ(memory_.pace(times_), 3s) << "nothing is loaded on demand";
  adopt({"a", "b"});
  EXPECT_EQ(memory_.pace(times_), 3s) << "no load is known";
  see("a", 12s);
  EXPECT_EQ(memory_.pace(times_), 12s);
  see("b", 7s);
  EXPECT_EQ(memory_.pace(times_), 12s) << "the longest";
  for (int n = 0; n < 100; ++n)
    times_.observe(0, 20'000'000);
  EXPECT_GT(memory_.pace(times_), 19s);
}

TEST_F(memory_test, the_pace_knows_no_loads_of_models_that_nobody_serves) {
  adopt({"a"});
  see("b", 12s);
  EXPECT_EQ(memory_.pace(times_), times_.typical());
}

} // namespace
} // namespace logos::scheduling
