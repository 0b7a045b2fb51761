// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/trace.hpp"

#include <array>
#include <optional>
#include <vector>

namespace logos::bench {

/// By linear interpolation, as upstream's benchmark tool has it; `sorted` is not empty. `p` from 0 to 1.
double percentile(const std::vector<double>& sorted, double p);

/// Times to the first token in seconds. A refused job counts as one that takes for ever, so a percentile that falls
/// upon one is infinite.
struct quantiles {
  std::size_t count = 0;
  double p50 = 0, p95 = 0, p99 = 0, mean = 0; // mean: of the served ones
};

struct figures {
  quantiles all{}, low{}, normal{}, high{}, interactive{}, batch{};
  std::size_t finished = 0, refused = 0, late = 0; // late: after its deadline, or refused
  std::size_t loads = 0;
  double makespan_s = 0; // until the last answer
  double waiting_s = 0;  // somebody waits
  double idle_s = 0;     // somebody waits and nothing is served
  double held_back_s = 0;
  /// Jain's index over the keys' mean slowdown (answer time over the time it takes alone on a warm server): 1 is equal.
  double fairness = 1;
  std::vector<double> curve{}; // percentiles 0, 1 … 100 of all
};

figures figures_of(const workload& w, const trace& t);

/// What the offline search looks for: p95 of the time to the first token, then the mean.
struct score {
  double p95 = 0, mean = 0;
  double tail = 0; // the 8-norm of all that p95 does not leave out: a smooth p95, by which the search finds its way
  bool operator<(const score& o) const { return p95 != o.p95 ? p95 < o.p95 : mean < o.mean; }
};
score score_of(const workload& w, const trace& t);

} // namespace logos::bench
