// SPDX-License-Identifier: MIT
#include "storage/postgres/postgres_store.hpp"
#include "storage/sql/text.hpp"

/// Every age and every end is reckoned with the database's clock: the nodes' clocks may differ.
namespace logos::storage::postgres {
namespace {

using sql::value;

/// An interval as whole microseconds.
constexpr std::string_view remaining_of = "(extract(epoch from expires_at - clock_timestamp()) * 1000000)::bigint";

lease read_lease(const std::vector<sql::cell>& cells, std::string_view incarnation) {
  lease made;
  made.resource = cells[0].value_or("");
  made.node = cells[1].value_or("");
  made.incarnation = cells[2].value_or("");
  made.epoch = static_cast<std::uint64_t>(sql::parse_integer(cells[3].value_or("0")));
  made.remaining = std::chrono::microseconds{sql::parse_integer(cells[4].value_or("0"))};
  made.mine = !incarnation.empty() && made.incarnation == incarnation;
  return made;
}

std::string lease_columns() { return "resource, node, incarnation, epoch, " + std::string{remaining_of}; }

} // namespace

result<void> postgres_store::announce(const node_facts& facts) {
  auto done = connection.run(
      "insert into nodes (node, incarnation, address, http_listen, version, config_revision, state, started_at, "
      "last_seen)"
      " values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp())"
      " on conflict (node) do update set incarnation = excluded.incarnation, address = excluded.address,"
      " http_listen = excluded.http_listen, version = excluded.version, config_revision = excluded.config_revision,"
      " state = excluded.state, started_at = excluded.started_at, last_seen = excluded.last_seen",
      {value{std::string_view{facts.node}}, value{std::string_view{facts.incarnation}},
       value{std::string_view{facts.address}}, value{std::string_view{facts.http_listen}},
       value{std::string_view{facts.version}}, value{facts.config_revision}, value{std::string_view{facts.state}}});
  if (!done) return done.error();
  return {};
}

result<void> postgres_store::heartbeat(const node_facts& facts) {
  auto done = connection.run("update nodes set last_seen = clock_timestamp(), config_revision = $3, state = $4"
                             " where node = $1 and incarnation = $2",
                             {value{std::string_view{facts.node}}, value{std::string_view{facts.incarnation}},
                              value{facts.config_revision}, value{std::string_view{facts.state}}});
  if (!done) return done.error();
  if (done->affected == 1) return {};
  return core::failure{core::ec::conflict, "another start of node " + core::json_string(facts.node) +
                                               " has taken its place: give each node its own `cluster.node`"};
}

result<std::vector<live_node>> postgres_store::live_nodes(std::chrono::microseconds max_age) {
  auto found = connection.run("select node, incarnation, address, http_listen, version, config_revision, state,"
                              " (extract(epoch from clock_timestamp() - last_seen) * 1000000)::bigint,"
                              " (extract(epoch from clock_timestamp() - started_at) * 1000000)::bigint"
                              " from nodes where last_seen >= clock_timestamp() - $1 * interval '1 microsecond'"
                              " order by node",
                              {value{static_cast<std::int64_t>(max_age.count())}});
  if (!found) return found.error();
  std::vector<live_node> nodes;
  for (const auto& cells : found->cells) {
    live_node each;
    each.node = *cells[0];
    each.incarnation = *cells[1];
    each.address = *cells[2];
    each.http_listen = *cells[3];
    each.version = *cells[4];
    each.config_revision = sql::parse_integer(*cells[5]);
    each.state = *cells[6];
    each.age = std::chrono::microseconds{sql::parse_integer(*cells[7])};
    each.uptime = std::chrono::microseconds{sql::parse_integer(*cells[8])};
    nodes.push_back(std::move(each));
  }
  return nodes;
}

result<void> postgres_store::leave(std::string_view node, std::string_view incarnation) {
  return sql::in_transaction(connection, sql::intent::write, [&]() -> result<void> {
    auto gone =
        connection.run("delete from nodes where node = $1 and incarnation = $2", {value{node}, value{incarnation}});
    if (!gone) return gone.error();
    auto freed = connection.run("update leases set expires_at = clock_timestamp() where incarnation = $1"
                                " and expires_at > clock_timestamp()",
                                {value{incarnation}});
    if (!freed) return freed.error();
    return {};
  });
}

/// One statement, so that of two who try at once exactly one finds the row free: the second waits for the first one's
/// row lock and then judges the new row.
result<lease> postgres_store::acquire(std::string_view resource, std::string_view node, std::string_view incarnation,
                                      std::chrono::microseconds ttl) {
  static const std::string take =
      "insert into leases (resource, node, incarnation, epoch, expires_at)"
      " values ($1, $2, $3, 1, clock_timestamp() + $4 * interval '1 microsecond')"
      " on conflict (resource) do update set node = excluded.node, incarnation = excluded.incarnation,"
      " epoch = case when leases.incarnation = excluded.incarnation and leases.expires_at > clock_timestamp()"
      "   then leases.epoch else leases.epoch + 1 end,"
      " expires_at = clock_timestamp() + $4 * interval '1 microsecond'"
      " where leases.expires_at <= clock_timestamp() or leases.incarnation = excluded.incarnation"
      " returning " +
      lease_columns();
  static const std::string look = "select " + lease_columns() + " from leases where resource = $1";
  auto taken = connection.run(
      take, {value{resource}, value{node}, value{incarnation}, value{static_cast<std::int64_t>(ttl.count())}});
  if (!taken) return taken.error();
  if (taken->empty()) taken = connection.run(look, {value{resource}});
  if (!taken) return taken.error();
  if (taken->empty()) return core::failure{core::ec::internal, "the lease vanished: " + std::string{resource}};
  return read_lease(taken->cells[0], incarnation);
}

result<std::vector<lease>> postgres_store::renew_all(std::string_view incarnation, std::chrono::microseconds ttl) {
  static const std::string renew = "update leases set expires_at = clock_timestamp() + $2 * interval '1 microsecond'"
                                   " where incarnation = $1 and expires_at > clock_timestamp() returning " +
                                   lease_columns();
  auto renewed = connection.run(renew, {value{incarnation}, value{static_cast<std::int64_t>(ttl.count())}});
  if (!renewed) return renewed.error();
  std::vector<lease> leases;
  for (const auto& cells : renewed->cells)
    leases.push_back(read_lease(cells, incarnation));
  return leases;
}

/// The row stays, for its epoch.
result<bool> postgres_store::release(std::string_view resource, std::string_view incarnation) {
  auto freed =
      connection.run("update leases set expires_at = clock_timestamp() where resource = $1 and incarnation = $2"
                     " and expires_at > clock_timestamp()",
                     {value{resource}, value{incarnation}});
  if (!freed) return freed.error();
  return freed->affected == 1;
}

result<std::vector<lease>> postgres_store::list_leases() {
  static const std::string text = "select " + lease_columns() + " from leases order by resource";
  auto found = connection.run(text);
  if (!found) return found.error();
  std::vector<lease> leases;
  for (const auto& cells : found->cells)
    leases.push_back(read_lease(cells, {}));
  return leases;
}

} // namespace logos::storage::postgres
