// SPDX-License-Identifier: MIT
#pragma once
#include "storage/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Membership and leases, as the database keeps them. All ages and ends are measured by the database's clock.
namespace logos::storage {

/// One run of one node.
struct node_facts {
  std::string node;        // its configured name
  std::string incarnation; // new at each start
  std::string address;     // host:port of the cluster's listener
  std::string http_listen;
  std::string version;
  std::int64_t config_revision = 0;
  std::string state; // free text: starting, serving, draining …
};

struct live_node : node_facts {
  std::chrono::microseconds age{};    // since it was last seen
  std::chrono::microseconds uptime{}; // since it announced itself
};

struct lease {
  std::string resource; // e.g. "scheduler/gpu-1"
  std::string node;     // its owner
  std::string incarnation;
  std::uint64_t epoch = 0;               // grows with every change of the owner
  std::chrono::microseconds remaining{}; // until it ends; negative: it has ended
  bool mine = false;                     // owned by the incarnation that asked
};

/// Who lives and who owns what, in the database. PostgreSQL only: `not_implemented` in SQLite.
class cluster_store {
public:
  virtual ~cluster_store() = default;

  virtual bool clustered() const = 0;
  /// Says that this incarnation lives. It replaces an earlier one of the same name.
  virtual result<void> announce(const node_facts& facts) = 0;
  /// `conflict` when a later incarnation of the same node has announced itself: this one must end.
  virtual result<void> heartbeat(const node_facts& facts) = 0;
  /// Nodes seen within `max_age`, in the order of their names.
  virtual result<std::vector<live_node>> live_nodes(std::chrono::microseconds max_age) = 0;
  virtual result<void> leave(std::string_view node, std::string_view incarnation) = 0;
  /// Takes the lease when it is free or has run out (epoch + 1), renews it when it is already held by this incarnation
  /// (same epoch); otherwise returns the present owner's, with `mine` false.
  virtual result<lease> acquire(std::string_view resource, std::string_view node, std::string_view incarnation,
                                std::chrono::microseconds ttl) = 0;
  /// Renews every lease of this incarnation that has not run out, and returns them.
  virtual result<std::vector<lease>> renew_all(std::string_view incarnation, std::chrono::microseconds ttl) = 0;
  /// True: it was this incarnation's and has ended now.
  virtual result<bool> release(std::string_view resource, std::string_view incarnation) = 0;
  virtual result<std::vector<lease>> list_leases() = 0;
};

} // namespace logos::storage
