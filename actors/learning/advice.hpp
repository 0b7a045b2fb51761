// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/exploration.hpp"
#include "actors/classification/scoring/scorer.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace logos::learning {

/// Fills `learned` of each candidate: how much better (to 1) or worse (to -1) than the candidates' mean it answers such
/// questions, as far as results tell: twice the difference of the expected results. The less is known of a model with
/// such questions, the nearer its result is to 1/2, so without any feedback all are exactly 0. Returns the estimates.
/// Some µs, and less than one for each candidate.
std::vector<classification::estimate> advise(const classification::learned& known, std::int64_t tenant,
                                             const classification::reading& asked, core::wall_time now,
                                             std::span<classification::candidate> into);

} // namespace logos::learning
