// SPDX-License-Identifier: MIT
#include "core/secret.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

namespace logos::storage::sql {
namespace {

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
      secret_{secret} {}

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
      applied.push_back(step.number);
    }
    return applied;
  });
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

result<void> sql_store::verify_secret() {
  return in_transaction(session_, intent::write, [this]() -> result<void> {
    if (auto locked = lock_installation(); !locked) return locked.error();
    auto found = session_.run("select value from installation where name = 'secret_verifier'");
    if (!found) return found.error();
    const auto mine = secret_.verifier();
    if (found->empty()) {
      auto kept = session_.run("insert into installation (name, value) values ('secret_verifier', $1)",
                               {value{std::string_view{mine}}});
      if (!kept) return kept.error();
      return {};
    }
    if (core::equal_in_constant_time(*found->cells[0][0], mine)) return {};
    return core::failure{
        core::ec::conflict,
        "this database belongs to another secret_key: set LOGOS_SECRET_KEY to the one it was made with "
        "(or put it back into DATA_DIR/secret.key), or use another database"};
  });
}

result<bool> sql_store::first_start(const core::key_hash& root_key, std::string_view key_prefix) {
  return in_transaction(session_, intent::write, [&]() -> result<bool> {
    if (auto locked = lock_installation(); !locked) return locked.error();
    auto found = session_.run("select p.id from process p join users u on u.id = p.user_id where u.username = 'root'"
                              " and p.deleted_at is null and u.deleted_at is null"
                              " and (p.expires_at is null or p.expires_at > $1)",
                              {value{session_.now()}});
    if (!found) return found.error();
    if (!found->empty()) return false;
    if (auto restored = restore_root(root_key, key_prefix); !restored) return restored.error();
    return true;
  });
}

result<void> sql_store::change_root_key(const core::key_hash& root_key, std::string_view key_prefix) {
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    if (auto locked = lock_installation(); !locked) return locked.error();
    return restore_root(root_key, key_prefix);
  });
}

result<void> sql_store::restore_root(const core::key_hash& root_key, std::string_view key_prefix) {
  if (auto bumped = bump_catalog(); !bumped) return bumped.error();
  const auto user = find_or_insert("select id from users where username = 'root' and deleted_at is null", {},
                                   "insert into users (username, name, created_at, updated_at)"
                                   " values ('root', 'root', $1, $1) returning id",
                                   {value{session_.now()}});
  if (!user) return user.error();
  const auto hash = core::to_hex(root_key);
  const value key{std::string_view{hash}};
  // Whoever has the key already is root's from now on: no two processes may have it.
  auto process = session_.run("select id from process where deleted_at is null"
                              " and (logos_key = $1 or (name = 'root' and user_id = $2))"
                              " order by case when logos_key = $1 then 0 else 1 end, id limit 1",
                              {key, value{*user}});
  if (!process) return process.error();
  if (process->empty())
    process = session_.run("insert into process (name, logos_key, key_prefix, user_id, created_at, updated_at)"
                           " values ('root', $1, $2, $3, $4, $4) returning id",
                           {key, value{key_prefix}, value{*user}, value{session_.now()}});
  else
    process = session_.run(
        "update process set logos_key = $1, key_prefix = $2, user_id = $3, expires_at = null,"
        " version = version + 1, updated_at = $4 where id = $5 returning id",
        {key, value{key_prefix}, value{*user}, value{session_.now()}, value{parse_integer(*process->cells[0][0])}});
  if (!process) return process.error();
  return permit_everything(parse_integer(*process->cells[0][0]));
}

result<void> sql_store::permit_everything(std::int64_t process) {
  auto permitted = session_.run("select m.id from profile_model_permissions m join profiles p on p.id = m.profile_id"
                                " where p.process_id = $1 and m.model_id is null"
                                " and m.deleted_at is null and p.deleted_at is null",
                                {value{process}});
  if (!permitted) return permitted.error();
  if (!permitted->empty()) return {};
  const auto profile = find_or_insert(
      "select id from profiles where process_id = $1 and name = 'root' and deleted_at is null", {value{process}},
      "insert into profiles (name, process_id, created_at, updated_at) values ('root', $1, $2, $2) returning id",
      {value{process}, value{session_.now()}});
  if (!profile) return profile.error();
  auto permission = session_.run("insert into profile_model_permissions (profile_id, created_at, updated_at)"
                                 " values ($1, $2, $2)",
                                 {value{*profile}, value{session_.now()}});
  if (!permission) return permission.error();
  return {};
}

result<std::int64_t> sql_store::find_or_insert(const std::string& find, std::initializer_list<value> by,
                                               const std::string& insert, std::initializer_list<value> with) {
  auto found = session_.run(find, by);
  if (found && found->empty()) found = session_.run(insert, with);
  if (!found) return found.error();
  return parse_integer(*found->cells[0][0]);
}

} // namespace logos::storage::sql
