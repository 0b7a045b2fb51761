// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// Roles of users; of keys the one before the last rotation, and their scopes: lists, one entry per line.
migration access_0007() {
  return {7, "access",
          R"sql(
alter table users add column role text not null default 'user' check (role in ('user', 'admin', 'root'));
update users set role = 'root' where username = 'root';

alter table process add column previous_key text;
alter table process add column previous_key_until <time>;
alter table process add column allowed_models text not null default '';
alter table process add column allowed_endpoints text not null default '';
alter table process add column allowed_addresses text not null default '';
)sql",
          "", ""};
}

} // namespace logos::storage
