// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/selection.hpp"
#include "core/cascade.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <vector>

namespace logos::classification {

/// What a request is likely to use, and when it came: for what models would cost.
struct likely_use {
  std::int64_t prompt_tokens = 0;
  std::int64_t answer_tokens = 0;
  core::wall_time at{};
};

/// The models that a request is brought to one after the other, each by its deployments: the cheapest, then the others
/// in the order in which the CLASSIFIER prefers them, at most `rules.most_steps`; of these one that `is_ruled` takes
/// part only as the first. The cheapest is the one of the lowest price at the dearest of its deployments (no price is
/// nothing, as it is billed), then of the highest cost weight, then the preferred one. `ranked`: best first.
std::vector<allowed_model> cascade_of(std::vector<allowed_model> ranked, const catalog::snapshot& in,
                                      const core::cascade& rules, const likely_use& use);

/// Whether the model has limits or a budget of its own in this catalog. What is claimed for a request is counted for
/// one model, the first: those of another could not be kept. Asked of the newest catalog before each further step.
bool is_ruled(const catalog::snapshot& in, std::int64_t model_id);

} // namespace logos::classification
