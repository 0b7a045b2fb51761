// SPDX-License-Identifier: MIT
#pragma once
#include "bench/classification/trial.hpp"

#include <string>
#include <vector>

namespace logos::bench {

/// How a stream of results may be.
struct stream {
  std::string name{};
  std::size_t most = 0; // prompts; 0: all
  double wrong = 0;
  bool one_model = false;
  bool other_domains = false;
};
/// Few and many results, wrong ones, of one model for each prompt, of other domains than the ones that are tested.
std::vector<stream> streams();

/// What is recovered by what was learned, by length and by an oracle, of one world and stream: means of `seeds` seeds.
trial_result mean_of_seeds(const labelled_set& set, std::size_t world, const stream& of, bool held_out, unsigned seeds,
                           const classification::learning_rules& rules = {});

} // namespace logos::bench
