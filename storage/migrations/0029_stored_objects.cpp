// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// Whose a response, conversation or video is that a provider keeps under the operator's account. `object`: a
/// fingerprint of the provider and of the id that it gave. They stay as long as the rows of requests do: conversations
/// do not expire.
migration stored_objects_0029() {
  return {29, "stored_objects", "",
          R"sql(
create table stored_objects (
  object text primary key not null,
  process_id integer not null,
  user_id integer not null,
  service_id integer not null,
  made_at text not null
) without rowid;
create index stored_objects_made_at on stored_objects (made_at);
)sql",
          R"sql(
create table stored_objects (
  object uuid primary key,
  process_id bigint not null,
  user_id bigint not null,
  service_id bigint not null,
  made_at timestamptz not null
);
create index stored_objects_made_at on stored_objects (made_at);
)sql"};
}

} // namespace logos::storage
