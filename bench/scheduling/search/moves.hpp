// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/search/plan.hpp"
#include "simulator/text.hpp"

namespace logos::bench {

/// Changes a plan a little, at random; it stays one of the same workload, and tidy. `reorders`: also the order in which
/// a model serves its jobs.
void change(plan& p, const workload& w, simulator::sequence& random, bool reorders);

/// Every model in turn serves `jobs` of its own, in order of arrival.
plan in_turn(const workload& w, std::uint32_t jobs);

/// Ranks by arrival.
std::vector<std::uint32_t> by_arrival(const workload& w);
/// Whether each model has served its jobs in order of arrival.
bool keeps_order(const workload& w, const trace& t);

} // namespace logos::bench
