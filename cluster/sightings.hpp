// SPDX-License-Identifier: MIT
#pragma once
#include "actors/handles.hpp"

#include <caf/send.hpp>

#include <cstdint>
#include <map>

namespace logos::cluster {

/// What MONITORs saw last of all providers, wherever they are owned, for whoever shows it. Belongs to a NODE's state.
class sightings {
public:
  void take(const actors::provider_observation& seen) {
    last_.insert_or_assign(seen.provider_id, seen);
    if (audience_) caf::anon_send(audience_, seen);
  }
  /// From now on these are told to `audience`, beginning with what is known.
  void follow(const actors::observer_actor& audience) {
    audience_ = audience;
    for (const auto& [id, seen] : last_)
      caf::anon_send(audience_, seen);
  }
  void forget(std::int64_t provider_id) { last_.erase(provider_id); }
  /// Null if it was never seen.
  const actors::provider_observation* find(std::int64_t provider_id) const {
    const auto at = last_.find(provider_id);
    return at == last_.end() ? nullptr : &at->second;
  }

private:
  std::map<std::int64_t, actors::provider_observation> last_;
  actors::observer_actor audience_;
};

} // namespace logos::cluster
