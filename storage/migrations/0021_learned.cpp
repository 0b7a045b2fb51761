// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {
namespace {

// learned_state stays until a LEARNER has taken over what is in it.
constexpr std::string_view common = R"sql(
create table learned_models (
  tenant_id bigint not null,
  model_id bigint not null,
  number bigint not null,
  bytes text not null,
  primary key (tenant_id, model_id)
);
create table learned_shares (
  tenant_id bigint not null,
  model_id bigint not null,
  owner_id bigint not null,
  number bigint not null,
  micro_results bigint not null,
  heard_at <time> not null,
  primary key (tenant_id, model_id, owner_id)
);
create table forgotten_models (
  model_id bigint primary key,
  number bigint not null
);
create table examples (
  id <id>,
  model_id bigint,
  topic text not null default '',
  text text not null,
  worth_permille bigint not null,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>
);
update feedback set imprint = '' where imprint <> '';
)sql";

} // namespace

/// What was learned, model by model, written in the transaction that appends to feedback; no row of that has to hold
/// the imprint of a prompt any more. And examples of what models are good at.
migration learned_0021() { return {21, "learned", common, {}, {}, "set local statement_timeout = 0;\n"}; }

} // namespace logos::storage
