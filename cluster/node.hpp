// SPDX-License-Identifier: MIT
#pragma once
#include "actors/handles.hpp"
#include "actors/hosted.hpp"
#include "actors/scheduling/lease.hpp"
#include "actors/scheduling/outlook.hpp"
#include "cluster/membership.hpp"
#include "core/error.hpp"
#include "core/url.hpp"

#include <boost/system/result.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace logos::cluster {

/// How the actors of a provider are made: by the composition root, which knows their rooms. Called in the SUPERVISOR.
struct workshop {
  /// A SCHEDULER with these terms that grants while the lease holds, under its epoch.
  std::function<actors::scheduler_actor(const actors::identity&, const actors::provider_terms&,
                                        std::shared_ptr<const scheduling::lease>)>
      scheduler;
  /// A MONITOR that tells these what it sees. May be empty, then there are none.
  std::function<actors::monitor_actor(const actors::identity&, std::int64_t provider_id, const catalog::snapshot_ptr&,
                                      std::vector<actors::observer_actor> told)>
      monitor;
  /// The LEDGER of the cluster, ruling while the lease holds. May be empty: each node has its own.
  std::function<actors::ledger_actor(const actors::identity&, std::shared_ptr<const scheduling::lease>)> ledger{};
};

/// What only a node of a cluster has.
struct cluster_parts {
  std::string name;                        // the cluster's
  core::endpoint listen;                   // port 0: any
  std::optional<core::endpoint> advertise; // what others connect to; default: `listen` with the bound port
  bool tls = false;                        // as set up by `configure`
  actors::registry_actor registry;         // one of its own: nothing else waits behind its jobs
  rhythm times;
  std::int64_t config_revision = 0;
  /// The node must end: its name is taken. Called once, in the NODE; the text says what to do.
  std::function<void(const std::string&)> fatal;
};

/// What only a gateway has that stands alone on a database that others can reach, too (cluster/sole.hpp).
struct sole_parts {
  actors::registry_actor registry;          // one of its own
  std::string incarnation;                  // of this run
  std::function<std::string()> tell;        // what others are told of it, as it is now; called in the NODE
  std::shared_ptr<scheduling::lease> right; // ended by the NODE when another has it; whoever counts money asks it
  /// The node must end: another has its right. Called once, in the NODE.
  std::function<void(const std::string&)> fatal;
};

/// What a NODE is made of.
struct node_parts {
  std::string name{"local"}; // unique in its cluster
  std::string http_listen;
  std::string version;
  actors::supervisor_actor supervisor;
  actors::catalog_actor catalog;
  workshop make;
  std::vector<std::string> ingresses;                    // names, as their inventories say
  std::function<actors::learner_actor()> find_learner{}; // this node's; may be empty, and answer none
  std::function<actors::storage_actor()> find_storage{}; // likewise
  std::uint32_t queue_per_model = 1000;
  std::uint32_t queue_per_key = 1000;
  std::shared_ptr<scheduling::outlooks> outlooks;   // of all deployments, shared with its peers; may be null
  std::optional<cluster_parts> cluster;             // none: it stands alone
  std::optional<sole_parts> sole{};                 // if it stands alone where others could, too
  const core::clock* clock = &core::system_clock(); // outlives the NODE
};

struct tls_files {
  std::string certificate;
  std::string key;
  std::string ca;
};

/// Loads CAF's middleman into the configuration of a process that is to be a node of a cluster; before the system is
/// made. All nodes of a cluster must use the same rhythm. With `tls`, connections are mutually authenticated.
void configure(caf::actor_system_config& config, const rhythm& times, const std::optional<tls_files>& tls);

/// Spawns the NODE; in a cluster it is published first. Blocks until the port is bound. Fails with `conflict` when it
/// cannot be. INGRESSes then `subscribe` to it, the CATALOG is subscribed to by itself.
boost::system::result<actors::node_actor, core::failure> start_node(caf::actor_system& system, node_parts parts);

/// Calls `fatal`, in any thread, when the NODE ends otherwise than by `stop_node`: nothing would renew leases, make
/// SCHEDULERs or tell anybody of a new catalog.
void when_dead(const actors::node_actor& node, std::function<void(const std::string&)> fatal);

/// Makes the node leave in good order, waits for it at most `patience`, then ends the NODE. From a thread of its own.
void stop_node(caf::actor_system& system, const actors::node_actor& node, std::chrono::milliseconds patience);

} // namespace logos::cluster
