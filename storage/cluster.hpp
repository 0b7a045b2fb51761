// SPDX-License-Identifier: MIT
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

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

} // namespace logos::storage
