// SPDX-License-Identifier: MIT
#include "bench/scheduling/policies/contenders.hpp"

#include "bench/scheduling/policies/batching.hpp"
#include "bench/scheduling/policies/fcfs.hpp"
#include "bench/scheduling/policies/ollama_server.hpp"
#include "bench/scheduling/policies/residency_plan.hpp"
#include "bench/scheduling/policies/upstream_planner.hpp"

namespace logos::bench {

std::vector<contender> contenders() {
  using std::chrono::seconds;
  return {raw_ollama(),
          plain_first_come(),
          first_come_with_places(),
          upstream_first_come(),
          upstream_planner(),
          batching(seconds{15}, seconds{10}),
          batching(seconds{45}, seconds{30}),
          residency_plan(false),
          residency_plan(true)};
}

} // namespace logos::bench
