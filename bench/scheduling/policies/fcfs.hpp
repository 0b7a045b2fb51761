// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/policy.hpp"

namespace logos::bench {

/// First come, first served, with as many of a model under way as it serves in parallel. The Ollama behind it plans its
/// own memory.
contender plain_first_come();

/// What Logos did before there was a planner: the highest priority first, then whoever came first; as many of a model
/// under way as it serves in parallel. The Ollama behind it plans its own memory.
contender first_come_with_places();

/// Upstream's scheduler as it is wired: the same order and places per model, ageing (low after 10 s becomes normal,
/// after 30 s high, looked at when a request of the model ends), 300 s in the queue at most. Left out: the choice of a
/// deployment, because there is one, and the leak of places.
contender upstream_first_come();

} // namespace logos::bench
