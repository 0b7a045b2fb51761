// SPDX-License-Identifier: MIT
#pragma once
#include "core/money.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What was weighed when a request had several deployments to go to (ingress/preference.hpp). It goes between nodes
/// (weighing_wire.hpp), so the rules of actors/messages.hpp hold here, too.
namespace logos::actors {

/// One of the deployments, as it looked at that moment.
struct alternative {
  std::int64_t deployment_id = 0;
  std::int64_t expected_us = 0;    // until the first token: what decides. The next three, and more for failures
  std::int64_t wait_us = 0;        // for a place
  std::int64_t load_us = 0;        // until its model lies in memory; 0: it does
  std::int64_t first_token_us = 0; // of the answer, from then on, for a prompt of this length
  std::int64_t defer_us = 0;       // for so long its ticket was put aside
  std::int64_t price_nano = 0;     // of a request like this
  std::uint32_t failed_permille = 0;
  std::uint32_t busy_permille = 0; // of its places
  bool known = true;               // false: nothing is known of it, so that it was tried like the best
  bool open = true;                // false: it granted nothing, because of a pause, its quota or its health
  bool familiar = false;           // requests of this key that begin like this one go there
};

/// The choice.
struct weighing {
  std::int64_t equal_up_to_us = 0; // who was expected within this counted as good as the best
  std::vector<alternative> of;     // in the order in which they were asked; empty: there was no choice

  bool as_good(const alternative& a) const { return a.expected_us <= equal_up_to_us; }
};

/// A decision as the books keep it: with `weighed=…` behind it, of at most eight; as it is if there was no choice.
std::string with_weighing(std::string decision, const weighing& w);
/// What stands there; whatever is not whole is left out.
weighing read_weighing(std::string_view decision);
/// A row's decision without it.
std::string_view without_weighing(std::string_view decision);

} // namespace logos::actors
