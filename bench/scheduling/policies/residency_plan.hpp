// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/policy.hpp"

namespace logos::bench {

/// Logos: scheduling::residency and scheduling::queue, as the SCHEDULER runs them. `ranks` false: every request alike,
/// so each model serves in order of arrival; what that differs by is what priorities and shares cost and bring.
contender residency_plan(bool ranks);

} // namespace logos::bench
