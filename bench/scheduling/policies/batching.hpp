// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/policy.hpp"

namespace logos::bench {

/// Batches by model: serves what is loaded, and changes models when a loaded one has nothing to do, or when somebody
/// has waited `longest_wait` for a model that is not loaded; whoever has waited longest gets its model. A model stays
/// at least `shortest_stay` while it has work. What llama-swap's users ask for (its issue 612), done plainly.
contender batching(span longest_wait, span shortest_stay);

} // namespace logos::bench
