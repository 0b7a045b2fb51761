// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/policy.hpp"

namespace logos::bench {

/// Logos: scheduling::residency, as the SCHEDULER runs it.
contender residency_plan();

} // namespace logos::bench
