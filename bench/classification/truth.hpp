// SPDX-License-Identifier: MIT
#pragma once
#include "bench/classification/labelled_set.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace logos::bench {

/// How likely each of two models answers a prompt well.
struct chances {
  double weak = 0;
  double strong = 0;
  double gain() const { return strong - weak; }
};

/// A world in which a weak and a strong model are good at something. No learner knows which one it is in.
struct truth {
  std::string name{};
  std::string means{}; // in words
  std::function<chances(const labelled&)> of{};
};

/// The worlds: some go by what a learner can see, some by labels that it cannot see, one by chance alone, which nobody
/// can learn. `seed` draws what is drawn in them.
std::vector<truth> truths(const std::vector<std::string>& domains, std::uint64_t seed);

/// A number from 0 to 1 that seed and text say.
double drawn(std::uint64_t seed, std::string_view text);

} // namespace logos::bench
