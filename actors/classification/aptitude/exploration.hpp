// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/learner.hpp"
#include "core/uuid.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace logos::classification {

/// How far the operator lets requests try other models than the best to learn about them.
struct exploration_rules {
  double share = 0;       // of the requests; 0: never
  float most_loss = 0.1F; // of expected quality, at most, against the best candidate
  std::uint64_t seed = 1;
};

/// Which candidate to try instead of the best (the first), or nothing. Whether a request tries is a matter of the seed
/// and its id; which one, of a draw from each candidate's distribution (Thompson): one that little is known of is tried
/// more often than one that is known to be worse. The same arguments always give the same answer.
std::optional<std::size_t> explore(std::span<const estimate> candidates, const exploration_rules& rules,
                                   const core::uuid& request);

} // namespace logos::classification
