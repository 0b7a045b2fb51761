// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/stages.hpp"
#include "actors/classification/selection.hpp"
#include "actors/scheduling/outlook.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <string_view>

/// What is measured of the models that may be chosen, there where each would be served.
namespace logos::classification {

/// Of a request, what it bears on.
struct errand_facts {
  const catalog::snapshot& snapshot;
  const catalog::policy* policy = nullptr; // may be null
  std::int64_t key = 0;                    // who asks
  std::string_view body;
  std::uint32_t tokens = 0;        // estimate, prompt and answer
  std::uint32_t prompt_tokens = 0; // of them
  core::wall_time received{};
};

/// Puts a model's deployments in the order in which a request such as this is sent to them now (ingress/preference.hpp)
/// and tells what is to be expected of the first. A deployment that is granted to nobody counts as one that fails.
/// `seen` may be null: nothing was measured.
measured_facts look_at(const errand_facts& of, const scheduling::outlooks* seen, allowed_model& where);

} // namespace logos::classification
