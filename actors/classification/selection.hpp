// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::classification {

/// What a selection is made from. Pointers into `snapshot`.
struct selection_input {
  const catalog::snapshot& snapshot;
  const catalog::principal& who;
  const catalog::profile* profile = nullptr;
  const catalog::policy* policy = nullptr;
  std::string_view model;       // empty or `logos-v…`: choose (RESOURCE); else that model (PROXY)
  std::int64_t provider_id = 0; // 0: any
};

struct selection {
  std::vector<std::int64_t> deployments; // best first
  core::failure failure;                 // code none if there are deployments
  std::string statistics;                // JSON as in log_entry.classification_statistics; empty in PROXY mode
};

/// Which deployments may serve. Hard filters: permission, the policy's privacy and cost, the provider asked for. In
/// RESOURCE mode the first permitted model by the sum of its weights is chosen, then by id.
selection select(const selection_input& in);

/// The part of `select` that chooses nothing: what a request that names its model gets. Nothing when a choice among
/// models must be made.
std::optional<selection> select_named(const selection_input& in);

/// Whether the policy (may be null) admits a deployment: its provider's privacy level and its model's cost weight.
bool admits(const catalog::policy* policy, const catalog::deployment& d);

} // namespace logos::classification
