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

} // namespace logos::storage::postgres
