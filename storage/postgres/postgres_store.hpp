// SPDX-License-Identifier: MIT
#pragma once
#include "storage/postgres/postgres_session.hpp"
#include "storage/sql/sql_store.hpp"

namespace logos::storage::postgres {

/// Owns the session before the base class refers to it.
struct session_holder {
  postgres_session connection;
};

/// A store in PostgreSQL, with a cluster.
class postgres_store final : session_holder, public sql::sql_store {
public:
  postgres_store(const connection_options& options, const core::secret_key& secret);

  bool clustered() const override { return true; }
  result<void> announce(const node_facts& facts) override;
  result<void> heartbeat(const node_facts& facts) override;
  result<std::vector<live_node>> live_nodes(std::chrono::microseconds max_age) override;
  result<void> leave(std::string_view node, std::string_view incarnation) override;
  result<lease> acquire(std::string_view resource, std::string_view node, std::string_view incarnation,
                        std::chrono::microseconds ttl) override;
  result<std::vector<lease>> renew_all(std::string_view incarnation, std::chrono::microseconds ttl) override;
  result<bool> release(std::string_view resource, std::string_view incarnation) override;
  result<std::vector<lease>> list_leases() override;

  result<std::size_t> open_months() override;

protected:
  result<void> lock_installation() override;
  result<bool> lock_upkeep() override;
  result<std::size_t> make_months() override;
  result<std::optional<std::size_t>> drop_month(core::wall_time before) override;
  result<std::size_t> insert_log(std::span<const finished> rows, sql::insertion how) override;
};

} // namespace logos::storage::postgres
