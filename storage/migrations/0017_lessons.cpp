// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {
namespace {

// No references to processes and models: what was learned stays, whatever has become of who gave it. Bytes are
// hexadecimal, so that one SQL fits both databases.
constexpr std::string_view common = R"sql(
create table feedback (
  number bigint primary key,
  given_at <time> not null,
  request_id text not null,
  process_id bigint not null,
  tenant_id bigint not null,
  model_id bigint not null,
  other_model_id bigint not null default 0,
  signal bigint not null,
  score double precision,
  label text not null default '',
  comment text not null default '',
  trusted <bool> not null default <false>,
  imprint text not null default ''
);
create unique index feedback_once on feedback (request_id, process_id, signal, other_model_id);
create index feedback_given_at on feedback (given_at);
create table feedback_head (
  id bigint primary key,
  last_number bigint not null
);
insert into feedback_head (id, last_number) values (1, 0);
create table learned_state (
  id bigint primary key,
  number bigint not null,
  rules text not null,
  bytes text not null,
  updated_at <time> not null
);
)sql";

} // namespace

/// What was heard of answers, in the order in which every node learns from it, and what was learned. Whoever appends
/// holds the row of feedback_head until the end of the transaction, so numbers become visible in their order.
migration lessons_0017() { return {17, "lessons", common, {}, {}}; }

} // namespace logos::storage
