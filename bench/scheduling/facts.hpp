// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace logos::bench {

/// Virtual time: `instant{}` is when a workload begins.
using instant = core::steady_time;
using span = std::chrono::nanoseconds;
inline constexpr auto never = instant::max();

using model_index = std::uint32_t;
using job_index = std::uint32_t;

span from_seconds(double s);
double to_seconds(span d);

/// A model as the server runs it. Loading and unloading take some time; speeds do not depend on what else runs.
struct model_facts {
  std::string name{};
  std::uint64_t vram_mb = 0;
  span load_time = std::chrono::seconds{10};
  span unload_time = std::chrono::seconds{1};
  unsigned parallel = 4;
  double prefill_tokens_per_s = 1000;
  double tokens_per_s = 30;   // of one answer
  unsigned answer_tokens = 0; // length of an answer, if the request allows so many; 0: the workload decides
};

/// One server with one memory. It loads one model at a time.
struct server_facts {
  std::string name{};
  std::uint64_t vram_mb = 0;
  span keep_alive = std::chrono::minutes{5};
  std::vector<model_facts> models{};
};

/// One request of a workload.
struct job {
  job_index index = 0; // its place in the workload, in order of arrival
  instant arrival{};
  model_index model = 0;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t answer_tokens = 0;
  std::uint8_t priority = 5; // 1, 5 or 10; 10 first
  bool batch = false;
  std::uint32_t key = 0;
  span deadline{0}; // for the first token, from its arrival; 0: none

  span prefill(const model_facts& m) const;
  /// From its start on a free slot of a warm model to its end.
  span service(const model_facts& m) const;
};

struct workload {
  std::string name{};
  server_facts server{};
  std::vector<job> jobs{}; // by arrival
  std::uint32_t keys = 1;
};

/// Sorts by arrival and numbers the jobs.
void settle(workload& w);

} // namespace logos::bench
