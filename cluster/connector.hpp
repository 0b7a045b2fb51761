// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "core/url.hpp"

#include <caf/io/middleman_actor.hpp>

#include <chrono>
#include <map>
#include <string>

namespace logos::cluster {

using connector_actor = caf::typed_actor<
    // Reach this node at host:port, with back-off until it is reached; then NODE is told. Replaces an earlier address.
    caf::reacts_to<atom::adopt, std::string, std::string>,
    // Stop trying.
    caf::reacts_to<atom::gone, std::string>,
    // Try those that are due.
    caf::reacts_to<atom::tick>>::extend_with<actors::status_actor>;

/// CONNECTOR: opens connections to other nodes (CAF has no reconnect of its own). Asks CAF's middleman, which has a
/// thread of its own for it, so nothing here blocks.
class connector_state {
public:
  using handle = connector_actor;
  /// `middleman` is caf::io's or caf::openssl's; `node` hears of every success, and of a failure when its reason is
  /// new.
  connector_state(actors::self_pointer<connector_state> self, caf::io::middleman_actor middleman,
                  actors::node_actor node);
  handle::behavior_type make_behavior();

private:
  struct target {
    core::endpoint at;
    std::chrono::milliseconds pause{};
    bool dialling = false;
    caf::actor_clock::time_point due{};
    std::string trouble;
  };
  void adopt(const std::string& name, const std::string& address);
  void tick();
  void dial(const std::string& name, target& t);
  void reached(const std::string& name, const caf::strong_actor_ptr& peer);
  void failed(const std::string& name, std::string why);

  actors::self_pointer<connector_state> self_;
  caf::io::middleman_actor middleman_;
  actors::node_actor node_;
  std::map<std::string, target> targets_;
};

} // namespace logos::cluster
