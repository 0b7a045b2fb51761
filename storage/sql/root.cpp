// SPDX-License-Identifier: MIT
#include "core/secret.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/table.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>

namespace logos::storage::sql {
namespace {

/// The tables whose rows decide who is root.
bool makes_root(const table& kind) { return kind.name == "users" || kind.name == "process"; }

} // namespace

result<bool> sql_store::first_start(const core::key_hash& root_key, std::string_view key_prefix) {
  return in_transaction(session_, intent::write, [&]() -> result<bool> {
    if (auto locked = lock_installation(); !locked) return locked.error();
    // Those that were removed count, too: a key that was revoked must not come back with a restart.
    auto found = session_.run("select p.id from process p join users u on u.id = p.user_id"
                              " where u.name = 'root' or u.username = 'root' limit 1");
    if (!found) return found.error();
    if (!found->empty()) return false;
    if (auto bumped = bump_catalog(); !bumped) return bumped.error();
    if (auto made = make_root(root_key, key_prefix); !made) return made.error();
    return true;
  });
}

result<void> sql_store::make_root(const core::key_hash& root_key, std::string_view key_prefix) {
  auto root = session_.run("select id from users where username = 'root' and deleted_at is null");
  if (!root) return root.error();
  if (root->empty())
    root = session_.run("insert into users (username, name, created_at, updated_at) values ('root', 'root', $1, $1)"
                        " returning id",
                        {value{session_.now()}});
  if (!root) return root.error();
  const auto hash = core::to_hex(root_key);
  auto process = session_.run("insert into process (name, logos_key, key_prefix, user_id, created_at, updated_at)"
                              " values ('root', $1, $2, $3, $4, $4) returning id",
                              {value{std::string_view{hash}}, value{key_prefix},
                               value{parse_integer(*root->cells[0][0])}, value{session_.now()}});
  if (!process) return process.error();
  auto profile = session_.run("insert into profiles (name, process_id, created_at, updated_at)"
                              " values ('root', $1, $2, $2) returning id",
                              {value{parse_integer(*process->cells[0][0])}, value{session_.now()}});
  if (!profile) return profile.error();
  auto permission = session_.run("insert into profile_model_permissions (profile_id, created_at, updated_at)"
                                 " values ($1, $2, $2)",
                                 {value{parse_integer(*profile->cells[0][0])}, value{session_.now()}});
  if (!permission) return permission.error();
  return {};
}

result<bool> sql_store::change_root_key(const core::key_hash& root_key, std::string_view key_prefix) {
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
    const auto roots = session_.run("select p.id, p.logos_key, p.name from process p join users u on u.id = p.user_id"
                                    " where u.name = 'root' and p.deleted_at is null and u.deleted_at is null"
                                    " order by p.id");
    if (!roots) return roots.error();
    if (std::any_of(roots->cells.begin(), roots->cells.end(), [&](const auto& row) { return row[1] == hash; }))
      return true;
    const auto revoked = session_.run("select id from process where logos_key = $1 and deleted_at is not null limit 1",
                                      {value{std::string_view{hash}}});
    if (!revoked) return revoked.error();
    if (same || !revoked->empty()) return false;
    if (auto bumped = bump_catalog(); !bumped) return bumped.error();
    // Others may have been given root's rights; their keys are their own.
    const auto root =
        std::find_if(roots->cells.begin(), roots->cells.end(), [](const auto& row) { return row[2] == "root"; });
    if (root == roots->cells.end()) {
      if (auto made = make_root(root_key, key_prefix); !made) return made.error();
      return true;
    }
    auto changed = session_.run(
        "update process set logos_key = $1, key_prefix = $2, expires_at = null,"
        " version = version + 1, updated_at = $3 where id = $4",
        {value{std::string_view{hash}}, value{key_prefix}, value{session_.now()}, value{parse_integer(*(*root)[0])}});
    if (!changed) return changed.error();
    return true;
  });
}

result<bool> sql_store::has_root(const table& kind) {
  if (!makes_root(kind)) return false;
  auto found = session_.run("select p.id from process p join users u on u.id = p.user_id"
                            " where u.name = 'root' and p.deleted_at is null and u.deleted_at is null"
                            " and (p.expires_at is null or p.expires_at > $1) limit 1",
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
                       "there would be no root key left: make another process of the user root first, or give this "
                       "one a new key instead"};
}

} // namespace logos::storage::sql
