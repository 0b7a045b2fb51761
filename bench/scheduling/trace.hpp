// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/facts.hpp"

#include <vector>

namespace logos::bench {

/// What became of one job. `never` if it did not come to that.
struct passage {
  instant started = never, first_token = never, ended = never;
  bool refused = false; // by the policy, or left waiting when nothing could happen any more
  std::uint32_t residence = UINT32_MAX;
};

/// One stay of a model in memory.
struct residence {
  model_index model = 0;
  instant load_began = never, ready = never, unload_began = never, gone = never;
  std::uint32_t served = 0;
};

/// Everything that happened in one run.
struct trace {
  std::vector<passage> jobs{};
  std::vector<residence> residences{}; // in the order of their loads
  instant end{};                       // of the last answer
  span waiting{0};                     // time in which somebody waited
  span idle{0};                        // of that, time in which nothing was served
  double held_back_s = 0;              // free slots of warm models while a job for the model waited, times seconds
};

} // namespace logos::bench
