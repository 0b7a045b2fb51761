// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/learner.hpp"
#include "bench/classification/routing.hpp"

#include <cstddef>
#include <cstdint>

namespace logos::bench {

/// What is trained on, and what is tested on.
struct trial {
  bool held_out = false;      // test on the held-out prompts; else on parts of the others: for tuning
  bool other_domains = false; // test only on domains that nothing was learned of
  bool one_model = false;     // each prompt tells of one of the models only, drawn
  std::size_t most = 0;       // train on so many prompts at most; 0: all
  double wrong = 0;           // the share of results that are told the other way round
  std::uint64_t seed = 1;     // of results, order and what is drawn in a world
  classification::learning_rules rules{};
};

/// What is recovered of one world's gap.
struct trial_result {
  recovery learned{};
  recovery by_length{}; // longer prompts to the strong model
  recovery oracle{};    // by the true gain
};

/// Lets a learner read results, one (prompt, model, success) after the other, and asks it about prompts that it has not
/// read.
trial_result run(const labelled_set& set, const truth& world, const trial& how);

} // namespace logos::bench
