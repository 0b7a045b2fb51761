// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// Membership and leases. Only PostgreSQL has a cluster.
migration cluster_0004() {
  return {4, "cluster", "", "",
          R"sql(
create table nodes (
  node text primary key,
  incarnation text not null,
  address text not null,
  http_listen text not null,
  version text not null,
  config_revision bigint not null,
  state text not null,
  started_at timestamptz not null,
  last_seen timestamptz not null);

create table leases (
  resource text primary key,
  node text not null,
  incarnation text not null,
  epoch bigint not null,
  expires_at timestamptz not null);
)sql"};
}

} // namespace logos::storage
