// SPDX-License-Identifier: MIT
#include "core/secret.hpp"
#include "storage/sql/fields.hpp"
#include "storage/sql/sql_store.hpp"

#include <algorithm>

namespace logos::storage::sql {
namespace {

/// The tables whose rows decide who is root; what is removed takes what hangs on it along.
bool makes_root(const table& kind) { return kind.name == "users" || kind.name == "process" || kind.name == "services"; }

/// Of a user `u`, as `role_of` says it.
constexpr std::string_view is_root = "(u.username = 'root' or u.role = 'root')";

} // namespace

result<bool> sql_store::first_start(const core::key_hash& root_key, std::string_view key_prefix) {
  const acting as{*this, {0, "first start", {}}};
  return in_transaction(session_, intent::write, [&]() -> result<bool> {
    if (auto locked = lock_installation(); !locked) return locked.error();
    // Those that were removed count, too: a key that was revoked must not come back with a restart.
    auto found = session_.run("select p.id from process p join users u on u.id = p.user_id"
                              " where u.username = 'root' limit 1");
    if (!found) return found.error();
    if (!found->empty()) return false;
    if (auto restored = restore_root(root_key, key_prefix); !restored) return restored.error();
    return true;
  });
}

result<void> sql_store::restore_root(const core::key_hash& root_key, std::string_view key_prefix) {
  if (auto bumped = bump_catalog(); !bumped) return bumped.error();
  const auto user = find_or_insert(table_of<storage::user>(),
                                   "select id from users where username = 'root' and deleted_at is null", {},
                                   "insert into users (username, name, role, created_at, updated_at)"
                                   " values ('root', 'root', 'root', $1, $1) returning id",
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
  const auto& kind = table_of<storage::process>();
  std::optional<fields> before;
  if (!process->empty()) {
    auto found = find_row(kind, parse_integer(process->cells[0][0].value_or("")));
    if (!found) return found.error();
    before = std::move(*found);
  }
  if (process->empty())
    process = session_.run("insert into process (name, logos_key, key_prefix, user_id, created_at, updated_at)"
                           " values ('root', $1, $2, $3, $4, $4) returning id",
                           {key, value{key_prefix}, value{*user}, value{session_.now()}});
  else
    process = session_.run(
        "update process set logos_key = $1, key_prefix = $2, user_id = $3, expires_at = null, previous_key = null,"
        " previous_key_until = null, allowed_models = '', allowed_endpoints = '', allowed_addresses = '',"
        " version = version + 1, updated_at = $4 where id = $5 returning id",
        {key, value{key_prefix}, value{*user}, value{session_.now()}, value{parse_integer(*process->cells[0][0])}});
  if (!process) return process.error();
  const auto id = parse_integer(*process->cells[0][0]);
  auto noted = note_change(kind, before ? "update" : "create", id, before ? &*before : nullptr);
  if (!noted) return noted.error();
  return permit_everything(id);
}

result<void> sql_store::permit_everything(std::int64_t process) {
  auto permitted = session_.run("select m.id from profile_model_permissions m join profiles p on p.id = m.profile_id"
                                " where p.process_id = $1 and m.model_id is null"
                                " and m.deleted_at is null and p.deleted_at is null",
                                {value{process}});
  if (!permitted) return permitted.error();
  if (!permitted->empty()) return {};
  const auto profile = find_or_insert(
      table_of<storage::profile>(),
      "select id from profiles where process_id = $1 and name = 'root' and deleted_at is null", {value{process}},
      "insert into profiles (name, process_id, created_at, updated_at) values ('root', $1, $2, $2) returning id",
      {value{process}, value{session_.now()}});
  if (!profile) return profile.error();
  auto permission = session_.run("insert into profile_model_permissions (profile_id, created_at, updated_at)"
                                 " values ($1, $2, $2) returning id",
                                 {value{*profile}, value{session_.now()}});
  if (!permission) return permission.error();
  return note_change(table_of<storage::permission>(), "create", parse_integer(*permission->cells[0][0]), nullptr);
}

result<std::int64_t> sql_store::find_or_insert(const table& kind, const std::string& find,
                                               std::initializer_list<value> by, const std::string& insert,
                                               std::initializer_list<value> with) {
  auto found = session_.run(find, by);
  if (!found) return found.error();
  if (!found->empty()) return parse_integer(*found->cells[0][0]);
  const auto made = session_.run(insert, with);
  if (!made) return made.error();
  const auto id = parse_integer(*made->cells[0][0]);
  if (auto noted = note_change(kind, "create", id, nullptr); !noted) return noted.error();
  return id;
}

result<bool> sql_store::change_root_key(const core::key_hash& root_key, std::string_view key_prefix) {
  const acting as{*this, {0, "root_key setting", {}}};
  return in_transaction(session_, intent::write, [&]() -> result<bool> {
    if (auto locked = lock_installation(); !locked) return locked.error();
    const auto hash = core::to_hex(root_key);
    const auto last = session_.run("select value from installation where name = 'root_key_setting'");
    if (!last) return last.error();
    const bool same = !last->empty() && last->cells[0][0] == hash;
    if (!same)
      if (auto noted = session_.run("insert into installation (name, value) values ('root_key_setting', $1)"
                                    " on conflict (name) do update set value = excluded.value",
                                    {value{std::string_view{hash}}});
          !noted)
        return noted.error();
    const auto valid = session_.run("select p.id from process p join users u on u.id = p.user_id"
                                    " where " +
                                        std::string{is_root} +
                                        " and p.logos_key = $1 and p.deleted_at is null"
                                        " and u.deleted_at is null and (p.expires_at is null or p.expires_at > $2)",
                                    {value{std::string_view{hash}}, value{session_.now()}});
    if (!valid) return valid.error();
    if (!valid->empty()) return true;
    const auto revoked = session_.run("select id from process where logos_key = $1 and deleted_at is not null limit 1",
                                      {value{std::string_view{hash}}});
    if (!revoked) return revoked.error();
    if (same || !revoked->empty()) return false;
    if (auto restored = restore_root(root_key, key_prefix); !restored) return restored.error();
    return true;
  });
}

result<bool> sql_store::has_root(const table& kind) {
  if (!makes_root(kind)) return false;
  auto found =
      session_.run("select p.id from process p join users u on u.id = p.user_id"
                   " where " +
                       std::string{is_root} +
                       " and p.deleted_at is null and u.deleted_at is null"
                       " and (p.expires_at is null or p.expires_at > $1)"
                       " and p.allowed_models = '' and p.allowed_endpoints = '' and p.allowed_addresses = '' limit 1",
                   {value{session_.now()}});
  if (!found) return found.error();
  return !found->empty();
}

result<void> sql_store::keep_root(const table& kind, bool had) {
  if (!had) return {};
  const auto has = has_root(kind);
  if (!has) return has.error();
  if (*has) return {};
  return core::failure{core::ec::conflict,
                       "there would be no root key left: make another process of the user root, without expiry and "
                       "scope, first, or give this one a new key instead"};
}

} // namespace logos::storage::sql
