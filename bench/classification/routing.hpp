// SPDX-License-Identifier: MIT
#pragma once
#include "bench/classification/truth.hpp"

#include <array>
#include <string>
#include <vector>

namespace logos::bench {

/// How much of the quality between all-weak and all-strong is recovered when the strong model gets only a share of the
/// prompts (RouteLLM's "performance gap recovered"). 1 at a share of 1; more than that where the weak model is better.
struct recovery {
  double area = 0;            // over all shares from 0 to 1; 0.5 for a choice by chance
  std::array<double, 9> at{}; // shares 10 % … 90 %
};

/// `wish` says of each prompt how much it wants the strong model. Of equal wishes all are as likely to get it. Quality
/// is that which the chances promise, without the noise of results.
recovery recovered(const std::vector<chances>& of, const std::vector<double>& wish);

/// Adds and divides, for means.
recovery mean_of(const std::vector<recovery>& all);

} // namespace logos::bench
