// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/policy.hpp"

namespace logos::bench {

/// Upstream's later scheduler with its capacity planner, as far as it concerns one server with one memory: a queue per
/// model by priority without ageing, 1200 s at most; models are loaded by decaying demand, with a competitive ratio
/// against the victims'. The estimate of the time to the first token chooses among deployments; there is one, so it
/// decides nothing here. Left out: sleeping lanes and replicas (Ollama has neither), latent demand of the classifier,
/// cool-downs after failures, the ledger's margins, calibration. Its cycle's length is not known; 10 s is assumed, and
/// one whenever a request queues.
contender upstream_planner();

} // namespace logos::bench
