// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace logos::cluster {

/// The places that a node has leased ahead from the owner of a provider, per deployment, and how many more or fewer it
/// should have. Pure: says what to do, sends nothing.
class slices {
public:
  /// Takes a free place; false: there is none.
  bool take(std::int64_t deployment_id);
  /// A place is free again. Returns how many places to give back now (wanted by the owner: `contended` or recalled).
  std::uint32_t put_back(std::int64_t deployment_id, bool contended);

  /// A ticket has come that could not or only just be served: how many places to ask for, 0 if asking is not due.
  std::uint32_t wanted(std::int64_t deployment_id, core::steady_time now);
  /// The owner's answer; none is an answer too, and puts the next question off.
  void arrived(std::int64_t deployment_id, std::uint32_t places, core::steady_time now);
  /// The owner wants back what is not in use. Returns how many; those in use follow as they become free.
  std::uint32_t recall(std::int64_t deployment_id, core::steady_time now);

  /// Closes a period of observation: what was not needed in it goes back. (deployment, places) each.
  std::vector<std::pair<std::int64_t, std::uint32_t>> close_period();

  /// All slices are void: the owner counts anew.
  void clear() { of_.clear(); }

  std::uint32_t leased() const;
  std::uint32_t free_places(std::int64_t deployment_id) const;

private:
  struct state {
    std::uint32_t places = 0; // leased, used or not
    std::uint32_t used = 0;
    std::uint32_t peak = 0; // most used in this period
    bool recalled = false;
    bool asked = false;
    std::uint32_t denials = 0; // in a row
    core::steady_time not_before{};
  };
  std::unordered_map<std::int64_t, state> of_;
};

} // namespace logos::cluster
