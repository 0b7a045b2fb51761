// SPDX-License-Identifier: MIT
#include "storage/open.hpp"

#include "storage/postgres/postgres_store.hpp"
#include "storage/sqlite/sqlite_store.hpp"

namespace logos::storage {

result<std::unique_ptr<store>> open_store(const store_options& options, const core::secret_key& secret) {
  const std::string_view storage{options.storage};
  if (storage.empty() || storage == "sqlite")
    return sqlite::make_store(options.data_dir / "logos.db", options.statement_timeout, secret);
  if (storage.starts_with("postgresql://") || storage.starts_with("postgres://"))
    return std::unique_ptr<store>{std::make_unique<postgres::postgres_store>(
        postgres::connection_options{options.storage, options.connect_timeout, options.statement_timeout}, secret)};
  return core::failure{core::ec::bad_field,
                       "storage must be `sqlite` or `postgresql://user:password@host:5432/database`", "storage"};
}

} // namespace logos::storage
