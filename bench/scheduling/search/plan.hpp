// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/policy.hpp"

#include <cstdint>
#include <vector>

namespace logos::bench {

/// A schedule that was made beforehand: which models are loaded one after the other, how many jobs each serves before
/// it may go, and in which order it serves its own.
///
/// Carried out without any needless wait: a visit begins as soon as there is room, or at once if its model is still
/// there; a free slot takes the first by rank of those that have come. Of models that may go, the one that is needed
/// last goes. So every schedule that is worth having is some plan.
struct plan {
  struct visit {
    model_index model = 0;
    std::uint32_t jobs = 0;
    bool operator==(const visit&) const = default;
  };
  std::vector<visit> visits{};       // for each model, its jobs add up to all it has
  std::vector<std::uint32_t> rank{}; // by job: within its model the lowest goes first

  bool operator==(const plan&) const = default;
};

/// Carries a plan out. The plan outlives it.
policy_maker carry_out(const plan& p);

/// The plan behind a run: what it loaded, and served in which order.
plan plan_of(const workload& w, const trace& t);

/// Joins visits of one model that follow one another, and drops empty ones.
void tidy(plan& p);

} // namespace logos::bench
