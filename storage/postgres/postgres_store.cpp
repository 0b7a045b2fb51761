// SPDX-License-Identifier: MIT
#include "storage/postgres/postgres_store.hpp"

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

} // namespace logos::storage::postgres
