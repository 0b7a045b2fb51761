// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/facts.hpp"

namespace logos::bench {

/// A server on which one of two models fits, with round figures: loads of 10 s, unloading 1 s, one job at a time, a
/// token of the prompt or the answer per second.
inline workload small(unsigned parallel = 1) {
  workload w;
  w.server = {.name = "small", .vram_mb = 10'000, .models = {}};
  for (const auto* name : {"a", "b"})
    w.server.models.push_back({.name = name,
                               .vram_mb = 6000,
                               .load_time = std::chrono::seconds{10},
                               .unload_time = std::chrono::seconds{1},
                               .parallel = parallel,
                               .prefill_tokens_per_s = 1,
                               .tokens_per_s = 1});
  return w;
}

/// A job that takes a second to its first token and `answer` more to its end.
inline void add(workload& w, double at, model_index m, std::uint32_t answer = 4, std::uint8_t priority = 5) {
  w.jobs.push_back({.arrival = instant{} + from_seconds(at),
                    .model = m,
                    .prompt_tokens = 1,
                    .answer_tokens = answer,
                    .priority = priority});
  settle(w);
}

} // namespace logos::bench
