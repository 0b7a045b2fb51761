// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/metronome.hpp"
#include "core/time.hpp"
#include "storage/entities.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace logos::catalog {

struct catalog_options {
  std::string node{"local"};
  std::chrono::microseconds poll{std::chrono::seconds{1}}; // for changes that other nodes made
};

/// CATALOG: the node's picture of the database. While the database is away the last one stays in force.
class catalog_state {
public:
  using handle = actors::catalog_actor;
  catalog_state(actors::self_pointer<catalog_state> self, actors::registry_actor registry, catalog_options options);
  handle::behavior_type make_behavior();

private:
  struct subscriber {
    actors::follower_actor handle;
    std::uint64_t adopted = 0; // version that it has confirmed
    bool asked = false;        // a snapshot is on its way to it
  };
  struct waiting_refresh {
    std::uint64_t version = 0; // that all subscribers must have
    caf::typed_response_promise<std::uint64_t> promise;
  };

  caf::result<std::uint64_t> refresh();
  void tick();
  void subscribe(const actors::follower_actor& who);
  actors::actor_status status() const;

  void load();
  void loaded(const actors::store_reply& reply);
  void looked(const actors::store_reply& reply);
  void swap(const storage::catalog_data& rows);
  void failed(const core::failure& why);
  core::failure to_failure(const caf::error& e) const;
  /// Sends the current snapshot to whoever has not got it, and answers the refreshes that all have followed.
  void settle();
  void hand_out(const caf::actor_addr& address, subscriber& to);
  /// Tells the database what this node goes by, so that whoever changes it from outside can wait for that.
  void note();
  void adopted(const caf::actor_addr& address, std::uint64_t version);
  void gone(const caf::down_msg& down);

  actors::self_pointer<catalog_state> self_;
  actors::registry_actor registry_;
  catalog_options options_;
  actors::metronome<actors::self_pointer<catalog_state>> metronome_;
  snapshot_ptr current_;
  std::map<caf::actor_addr, subscriber> subscribers_;
  std::vector<caf::typed_response_promise<std::uint64_t>> unserved_;    // wait for a load that has not begun
  std::vector<caf::typed_response_promise<std::uint64_t>> loading_for_; // wait for the load that runs
  std::vector<waiting_refresh> waiting_;                                // wait for the subscribers
  bool loading_ = false;
  bool looking_ = false;
  std::uint64_t noted_ = 0; // version that the database was told, or is being told
  std::string trouble_;     // why the last load or look failed
};

} // namespace logos::catalog
