// SPDX-License-Identifier: MIT
#pragma once
#include "actors/handles.hpp"
#include "actors/hosted.hpp"
#include "actors/scheduling/lease.hpp"
#include "cluster/node.hpp"
#include "cluster/sightings.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace logos::cluster {

/// The providers that this node owns: each has a SCHEDULER and a MONITOR here, kept alive by the SUPERVISOR. What the
/// SUPERVISOR makes is published to the NODE, which calls `published`. Belongs to the NODE's state.
class estate {
public:
  struct holding {
    catalog::provider facts;
    std::shared_ptr<scheduling::lease> lease;
    std::uint64_t epoch = 0; // of the present SCHEDULER, 0 while there is none
    bool lapsed = false;     // the lease has ended, or is about to: nobody is pointed here
    actors::scheduler_actor scheduler;
    actors::monitor_actor monitor;
    actors::ledger_actor ledger; // only of the LEDGER's holding
    bool made() const { return scheduler || ledger; }
  };

  estate(const node_parts& parts, actors::node_actor node, const sightings& seen)
      : parts_{parts},
        node_{std::move(node)},
        seen_{seen} {}

  /// Becomes the owner: a SCHEDULER is made under the lease's epoch, counted on with each restart.
  void hold(const catalog::provider& provider, std::shared_ptr<scheduling::lease> lease);
  /// Becomes the owner of the cluster's LEDGER, likewise.
  void hold_ledger(std::shared_ptr<scheduling::lease> lease);
  /// Is no longer the owner; nothing more is granted when this returns.
  void drop(std::int64_t provider_id);
  /// The SUPERVISOR has made a SCHEDULER; null if it is not of a present holding. Tells it to recover, and has a
  /// MONITOR made for it.
  const holding* published(std::int64_t provider_id, std::uint64_t epoch, const actors::scheduler_actor& scheduler,
                           const std::vector<std::string>& reporters, std::chrono::microseconds fence);
  const holding* published(std::uint64_t epoch, const actors::ledger_actor& ledger,
                           const std::vector<std::string>& reporters, std::chrono::microseconds fence);
  void published(std::int64_t provider_id, const actors::monitor_actor& monitor);
  /// New settings of what is held.
  void follow(const catalog::snapshot_ptr& snapshot);

  holding* find(std::int64_t provider_id);
  const holding* find(std::int64_t provider_id) const;
  const std::map<std::int64_t, holding>& all() const { return holdings_; }

private:
  holding& begin(std::int64_t id, std::shared_ptr<scheduling::lease> lease);
  holding* present(std::int64_t id, std::uint64_t epoch);
  void watch(holding& h);
  void remind(const holding& h);

  const node_parts& parts_;
  actors::node_actor node_;
  const sightings& seen_;
  catalog::snapshot_ptr snapshot_ = std::make_shared<const catalog::snapshot>();
  std::map<std::int64_t, holding> holdings_;
};

/// A provider's limits, for its SCHEDULER.
actors::provider_terms terms_of(const catalog::provider& p, const node_parts& parts);

} // namespace logos::cluster
