// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/figures.hpp"
#include "bench/scheduling/search/plan.hpp"

#include <cstdint>
#include <vector>

namespace logos::bench {

struct search_settings {
  std::uint64_t seed = 1;
  std::uint32_t iterations = 20'000; // runs of the workload
  /// Each model serves its jobs in order of arrival. Without it the search may also find that p95 is best when one in
  /// twenty is left to the end.
  bool keeps_order = false;
};

struct search_result {
  plan best{};
  trace run{};
  score reached{};
  score begun{}; // of the best run it was given
  std::vector<double>
      course{}; // the best p95 after 0, 5, 10 … 100 % of its iterations: flat at the end, it has settled
};

/// Looks for the best schedule of a workload that knows everything beforehand, by simulated annealing over plans.
/// Begins with runs that policies have made and is never worse than the best of them; with `keeps_order` never worse
/// than the best of those that keep it. The same settings find the same.
search_result search(const workload& w, const std::vector<trace>& runs, const search_settings& s);

/// The best of all plans; at most 8 jobs.
search_result exhaust(const workload& w);

} // namespace logos::bench
