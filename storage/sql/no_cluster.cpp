// SPDX-License-Identifier: MIT
#include "storage/sql/sql_store.hpp"

/// What a store without a cluster answers.
namespace logos::storage::sql {
namespace {

core::failure alone() {
  return {core::ec::not_implemented, "a cluster needs PostgreSQL: set `storage: postgresql://…`, or remove `cluster`"};
}

} // namespace

result<void> sql_store::announce(const node_facts&) { return alone(); }
result<void> sql_store::heartbeat(const node_facts&) { return alone(); }
result<std::vector<live_node>> sql_store::live_nodes(std::chrono::microseconds) { return alone(); }
result<void> sql_store::leave(std::string_view, std::string_view) { return alone(); }
result<lease> sql_store::acquire(std::string_view, std::string_view, std::string_view, std::chrono::microseconds) {
  return alone();
}
result<std::vector<lease>> sql_store::renew_all(std::string_view, std::chrono::microseconds) { return alone(); }
result<bool> sql_store::release(std::string_view, std::string_view) { return alone(); }
result<std::vector<lease>> sql_store::list_leases() { return alone(); }

} // namespace logos::storage::sql
