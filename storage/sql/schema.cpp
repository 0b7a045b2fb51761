// SPDX-License-Identifier: MIT
#include "core/fault_point.hpp"
#include "core/secret.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

#include <spdlog/spdlog.h>

namespace logos::storage::sql {
namespace {

constexpr int audit_migration = 6;

int newest_known() { return migrations().back().number; }

core::failure too_new(int found) {
  return {core::ec::conflict, "the database has schema " + std::to_string(found) + ", this program knows schema " +
                                  std::to_string(newest_known()) +
                                  " and older: start a newer logos, or use another database"};
}

} // namespace

sql_store::sql_store(session& on, dialect of, const core::secret_key& secret)
    : session_{on},
      dialect_{of},
      secret_{secret},
      jobs_{on, of, secret_},
      batches_{on, of, secret_, jobs_} {}

result<int> sql_store::schema_version() {
  auto found = session_.run("select coalesce(max(number), 0) from schema_migrations");
  if (!found) return found.error();
  return static_cast<int>(parse_integer(*found->cells[0][0]));
}

result<std::vector<int>> sql_store::migrate() {
  return in_transaction(session_, intent::write, [this]() -> result<std::vector<int>> {
    if (auto locked = lock_installation(); !locked) return locked.error();
    if (auto made = session_.script("create table if not exists schema_migrations ("
                                    "number integer primary key, name text not null, applied_at text not null)");
        !made)
      return made.error();
    const auto present = schema_version();
    if (!present) return present.error();
    if (*present > newest_known()) return too_new(*present);
    std::vector<int> applied;
    for (const auto& step : migrations()) {
      if (step.number <= *present) continue;
      if (const auto text = script_of(step, dialect_); !text.empty())
        if (auto ran = session_.script(text); !ran) {
          auto failure = ran.error();
          failure.message = "migration " + std::to_string(step.number) + " failed: " + failure.message;
          return failure;
        }
      auto noted = session_.run("insert into schema_migrations (number, name, applied_at) values ($1, $2, $3)",
                                {value{std::int64_t{step.number}}, value{step.name}, value{session_.now()}});
      if (!noted) return noted.error();
      core::fault_point("schema.step_applied");
      applied.push_back(step.number);
    }
    if (*present < audit_migration)
      if (auto sealed = seal_old_installation(); !sealed) return sealed.error();
    if (auto opened = open_months_at_start(); !opened) return opened.error();
    return applied;
  });
}

/// Nobody has made months while no node ran. Whoever else starts waits for the installation's lock, and so writes no
/// row before they are there. That they cannot be made is no reason not to start: rows find a place.
result<void> sql_store::open_months_at_start() {
  if (auto saved = session_.run("savepoint log_months"); !saved) return saved.error();
  const auto made = make_months();
  if (made) return {};
  if (made.error().code == core::ec::storage_away) return made.error();
  spdlog::warn("no months of log_entry are made, requests may stand in log_entry_other: {}", made.error().message);
  if (auto back = session_.run("rollback to savepoint log_months"); !back) return back.error();
  return {};
}

result<void> sql_store::check() {
  const auto present = schema_version();
  if (!present) {
    const auto known =
        session_.run(dialect_ == dialect::sqlite ? "select name from sqlite_master where name = 'schema_migrations'"
                                                 : "select 1 where to_regclass('schema_migrations') is not null");
    // Anything else that is wrong with it is not mended by `logos migrate`.
    if (present.error().code == core::ec::internal && known && known->empty())
      return core::failure{core::ec::conflict, "the database has no schema yet: run `logos migrate`"};
    return present.error();
  }
  if (*present > newest_known()) return too_new(*present);
  if (*present < newest_known())
    return core::failure{core::ec::conflict, "the database lacks migrations: run `logos migrate`"};
  return {};
}

} // namespace logos::storage::sql
