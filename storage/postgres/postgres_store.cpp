// SPDX-License-Identifier: MIT
#include "storage/postgres/postgres_store.hpp"

#include "storage/sql/text.hpp"

namespace logos::storage::postgres {

postgres_store::postgres_store(const connection_options& options, const core::secret_key& secret)
    : session_holder{postgres_session{options}},
      sql_store{session_holder::connection, dialect::postgres, secret} {}

/// The number says "logos" to nobody else's advisory locks.
result<void> postgres_store::lock_installation() {
  auto locked = connection.run("select pg_advisory_xact_lock(5498427306210000001)");
  if (!locked) return locked.error();
  return {};
}

result<bool> postgres_store::lock_upkeep() {
  auto locked = connection.run("select pg_try_advisory_xact_lock(5498427306210000002)");
  if (!locked) return locked.error();
  return sql::parse_truth(locked->cells[0][0].value_or(""));
}

result<std::size_t> postgres_store::open_months() {
  return sql::in_transaction(connection, sql::intent::write, [this] { return make_months(); });
}

result<std::size_t> postgres_store::make_months() {
  const auto mine = lock_upkeep();
  if (!mine) return mine.error();
  if (!*mine) return std::size_t{0};
  const auto made = connection.run("select make_log_months(now(), now() + interval '62 days')");
  if (!made) return made.error();
  return static_cast<std::size_t>(sql::parse_integer(made->cells[0][0].value_or("")));
}

result<std::optional<std::size_t>> postgres_store::drop_month(core::wall_time before) {
  const auto moment = core::to_sql(before);
  const auto gone = connection.run("select drop_log_month($1)", {sql::value{std::string_view{moment}}});
  if (!gone) return gone.error();
  const auto& rows = gone->cells[0][0];
  return rows ? std::optional{static_cast<std::size_t>(sql::parse_integer(*rows))} : std::nullopt;
}

} // namespace logos::storage::postgres
