// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/ingress/preference.hpp"
#include "actors/scheduling/outlook.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace logos::ingress {

/// Of a request that several deployments may serve, what bears on where it goes.
struct wanderer {
  const catalog::snapshot& snapshot;
  const catalog::policy* policy = nullptr; // may be null
  std::int64_t key = 0;                    // who asks
  std::string_view body;                   // what it begins with is what caches know
  std::uint32_t tokens = 0;                // estimate, prompt and answer
  std::uint32_t prompt_tokens = 0;         // of them
  core::wall_time received{};
};

/// What is to be expected of each deployment. The one that requests of this key with this beginning go to is the same
/// on every thread and node (rendezvous hashing), so that nobody has to remember it.
std::vector<prospect> prospects_of(const wanderer& w, std::span<const catalog::deployment* const> open,
                                   const scheduling::outlooks* seen);

/// A policy that sets a threshold of cost has more patience for a lower price.
taste taste_of(const catalog::policy* policy);

} // namespace logos::ingress
