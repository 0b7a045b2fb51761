// SPDX-License-Identifier: MIT
#include "bench/scheduling/facts.hpp"

#include <algorithm>

namespace logos::bench {

span from_seconds(double s) { return span{static_cast<std::int64_t>(s * 1e9)}; }

double to_seconds(span d) { return static_cast<double>(d.count()) / 1e9; }

span job::prefill(const model_facts& m) const { return from_seconds(prompt_tokens / m.prefill_tokens_per_s); }

span job::service(const model_facts& m) const { return prefill(m) + from_seconds(answer_tokens / m.tokens_per_s); }

void settle(workload& w) {
  std::stable_sort(w.jobs.begin(), w.jobs.end(), [](const job& a, const job& b) { return a.arrival < b.arrival; });
  for (job_index i = 0; i < w.jobs.size(); ++i)
    w.jobs[i].index = i;
}

} // namespace logos::bench
