// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/search/search.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace logos::bench {

/// What one policy made of a workload.
struct outcome {
  std::string name{};
  figures seen{};
  std::vector<residence> residences{};
  bool offline = false;
  std::vector<double> course{}; // of an offline search
};

/// All policies on one workload.
struct comparison {
  workload what{};
  std::uint64_t seed = 0;
  bool held_out = false; // of a seed or family that nothing is tuned on
  std::vector<outcome> outcomes{};
  /// What no schedule can beat: of all, and of high priority if there were nobody else.
  std::optional<double> least_p95{}, least_high_p95{};
};

/// One workload as a table.
void print(std::ostream& out, const comparison& c);
/// All workloads, a line each: what can be reached, and who came how near.
void print_summary(std::ostream& out, const std::vector<comparison>& all);
/// All workloads, a line each: what priorities and fair shares bring, and what they cost.
void print_priorities(std::ostream& out, const std::vector<comparison>& all);
/// Everything, for charts and machines. Times in seconds; null where a request that was refused decides.
void write_json(std::ostream& out, const std::vector<comparison>& all);

} // namespace logos::bench
