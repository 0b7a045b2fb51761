// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/recording/scribe.hpp"

#include <memory>

namespace logos::recording {

/// REGISTRY: runs jobs against a store of its own, one after the other, on a thread of its own (`spawn_blocking`).
class registry_state {
public:
  using handle = actors::registry_actor;
  registry_state(actors::self_pointer<registry_state> self, store_factory open);
  handle::behavior_type make_behavior();

private:
  /// A job that throws is answered with an error, and the next one gets a new store.
  caf::result<actors::store_reply> run(const actors::store_job& job);

  actors::self_pointer<registry_state> self_;
  store_factory open_;
  std::unique_ptr<storage::store> store_;
  std::string trouble_; // why there is no store
};

} // namespace logos::recording
