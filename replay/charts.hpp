// SPDX-License-Identifier: MIT
#pragma once
#include "replay/gnuplot.hpp"
#include "replay/statistics.hpp"

#include <string>
#include <vector>

namespace logos::replay {

/// What a run's charts show beside its rows.
struct chart_facts {
  std::string title{};           // of the workload
  double latency_slo_ms = 10000; // drawn as a line
  std::vector<double> sent_s{};  // of each row, from the beginning
  std::vector<double> ended_s{};
};

/// Total latency with the time to the first token; duration as the client saw it; queueing and processing; how many
/// had succeeded when. Pure.
std::vector<chart> charts_of(const std::vector<detail>& rows, const chart_facts& facts);

/// Both of two runs: percentiles side by side, and how many requests had their first token and their answer within
/// which time. Pure.
std::vector<chart> charts_of_both(const std::string& a_name, const std::vector<detail>& a, const std::string& b_name,
                                  const std::vector<detail>& b);

} // namespace logos::replay
