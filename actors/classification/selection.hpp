// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/classification/policies.hpp"
#include "core/capability.hpp"
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
  core::needs needs{};          // what the request takes
};

/// A model that may be chosen, and where it may run.
struct allowed_model {
  const catalog::model* model = nullptr;
  std::vector<std::int64_t> deployments; // not empty
};

struct selection {
  std::vector<std::int64_t> deployments; // best first
  std::vector<allowed_model> ranked{};   // all that may serve, best first, where the policy has a cascade
  core::failure failure;                 // code none if there are deployments
  std::string statistics;                // JSON as in log_entry.classification_statistics; empty in PROXY mode
  std::string features{};                // JSON: what was read of the prompt; to be stored at log level FULL only
  std::uint32_t models = 0;              // that were chosen among; 0 in PROXY mode
  std::string_view decided_by{};         // what the first has over the second most of; static, empty: nothing
};

/// Which deployments may serve a request that names its model. Hard filters: permission, the profile's providers, the
/// policy's privacy and cost, the provider asked for, what the model can do; not its context: of a model that the
/// client names, the provider says better than an estimate when a prompt is too long. Nothing when a choice among
/// models must be made.
std::optional<selection> select_named(const selection_input& in);

/// What a choice is made among: the models that pass every hard filter, their context included, by id. What ranks them
/// (decider.hpp) need not ask again.
std::vector<allowed_model> candidates_of(const selection_input& in);

/// Why there is nothing to choose from: the first of the filters that leaves nothing.
selection refuse_choice(const selection_input& in);

/// Whether `model` of a request leaves the choice to the gateway: no name, or one that begins as `logos-v1` does and is
/// no model's.
bool leaves_choice(const catalog::snapshot& in, std::string_view model);

/// Whether a model can do what a request needs, as far as is known of it; its context does not count.
bool can_do(const catalog::model& m, const core::needs& needs);
/// Whether its context, as far as it is known, is long enough.
bool has_room(const catalog::model& m, const core::needs& needs);

} // namespace logos::classification
