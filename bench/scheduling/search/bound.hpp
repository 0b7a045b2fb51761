// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/facts.hpp"

#include <functional>
#include <optional>

namespace logos::bench {

/// A p95 of the time to the first token, in seconds, that no schedule of any kind can beat for the jobs that `counts`
/// says yes to, even if it knew everything beforehand and there were no other jobs. A proof, not a search.
///
/// Whatever a schedule does, its models come and go: to load one it must have unloaded another, one load at a time, and
/// a job is late if its model is away from before the job could have ended until after its first token was due. Of all
/// such courses the one that makes fewest late is found by dynamic programming over the times since which the absent
/// models have been away; where that is more than p95 allows, the time is out of reach. Everything that would make it
/// worse is left out: places, prompts of others, memory in anything but whole models. Times are cut into steps and
/// rounded in the schedule's favour.
///
/// `reached`: what some schedule has reached. Nothing where more than two models must always be away, or none, or where
/// a load takes less than a step.
std::optional<double> least_p95(const workload& w, const std::function<bool(const job&)>& counts, double reached);

} // namespace logos::bench
