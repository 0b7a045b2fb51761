// SPDX-License-Identifier: MIT
#include "bench/classification/sweep.hpp"

namespace logos::bench {

std::vector<stream> streams() {
  return {{"50", 50},
          {"200", 200},
          {"1000", 1000},
          {"5000", 5000},
          {"200, a fifth wrong", 200, 0.2},
          {"1000, a fifth wrong", 1000, 0.2},
          {"400, one model each", 400, 0, true},
          {"other domains", 0, 0, false, true}};
}

trial_result mean_of_seeds(const labelled_set& set, std::size_t world, const stream& of, bool held_out, unsigned seeds,
                           const classification::learning_rules& rules) {
  std::vector<recovery> learned, length, oracle;
  for (unsigned s = 0; s < seeds; ++s) {
    trial how;
    how.held_out = held_out;
    how.other_domains = of.other_domains;
    how.one_model = of.one_model;
    how.most = of.most;
    how.wrong = of.wrong;
    how.seed = (held_out ? 1000 : 1) + s;
    how.rules = rules;
    const auto r = run(set, truths(set.domains, how.seed).at(world), how);
    learned.push_back(r.learned);
    length.push_back(r.by_length);
    oracle.push_back(r.oracle);
  }
  return {mean_of(learned), mean_of(length), mean_of(oracle)};
}

} // namespace logos::bench
