// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// What operators make. Names as upstream has them; `deleted_at` marks what is gone.
migration entities_0001() {
  return {1, "entities",
          R"sql(
create table installation (
  name text primary key,
  value text not null);

create table catalog_state (
  only_row integer primary key check (only_row = 1),
  version bigint not null);
insert into catalog_state (only_row, version) values (1, 1);

create table users (
  id <id>,
  username text not null,
  prename text not null default '',
  name text not null default '',
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index users_live on users (username) where deleted_at is null;

create table services (
  id <id>,
  name text not null,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index services_live on services (name) where deleted_at is null;

create table process (
  id <id>,
  logos_key text not null,
  key_prefix text not null default '',
  name text not null,
  user_id bigint references users,
  service_id bigint references services,
  log text not null default 'BILLING' check (log in ('BILLING', 'FULL')),
  priority integer not null default 5,
  expires_at <time>,
  settings <json>,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index process_live on process (logos_key) where deleted_at is null;

create table profiles (
  id <id>,
  name text not null,
  process_id bigint references process,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index profiles_live on profiles (coalesce(process_id, 0), name) where deleted_at is null;

create table providers (
  id <id>,
  name text not null,
  base_url text not null,
  provider_type varchar(20) not null default 'custom',
  auth_name text not null default '',
  auth_format text not null default '',
  api_key text,
  privacy_level text not null default 'LOCAL',
  ollama_admin_url text not null default '',
  total_vram_mb integer,
  parallel_capacity integer default 1,
  max_in_flight integer not null default 0,
  keep_alive_seconds integer default 300,
  max_loaded_models integer default 3,
  reachable_from text not null default '',
  settings text,
  enabled <bool> not null default <true>,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index providers_live on providers (name) where deleted_at is null;

create table models (
  id <id>,
  name text not null,
  aliases text not null default '',
  weight_privacy text not null default 'LOCAL',
  weight_latency integer not null default 0,
  weight_accuracy integer not null default 0,
  weight_cost integer not null default 0,
  weight_quality integer not null default 0,
  tags text not null default '',
  parallel integer not null default 1,
  description text not null default '',
  reserve_tokens bigint not null default 0,
  settings text,
  enabled <bool> not null default <true>,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index models_live on models (name) where deleted_at is null;

create table model_provider (
  id <id>,
  model_id bigint not null references models,
  provider_id bigint not null references providers,
  upstream_name text not null default '',
  endpoint text not null default '',
  api_key text,
  parallel integer not null default 0,
  settings text,
  enabled <bool> not null default <true>,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index model_provider_live on model_provider (model_id, provider_id) where deleted_at is null;

create view model_api_keys as
  select id, model_id, provider_id, coalesce(api_key, '') as api_key, endpoint
  from model_provider where deleted_at is null;

create table profile_model_permissions (
  id <id>,
  profile_id bigint not null references profiles,
  model_id bigint references models,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index profile_model_permissions_live
  on profile_model_permissions (profile_id, coalesce(model_id, 0)) where deleted_at is null;

create table policies (
  id <id>,
  entity_id bigint references process,
  name text not null,
  description text not null default '',
  threshold_privacy text not null default 'LOCAL',
  threshold_latency integer not null default 0,
  threshold_accuracy integer not null default 0,
  threshold_cost integer not null default 0,
  threshold_quality integer not null default 0,
  priority integer not null default 0,
  topic text not null default '',
  enabled <bool> not null default <true>,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index policies_live on policies (coalesce(entity_id, 0), name) where deleted_at is null;

create table config_declarations (
  node text not null,
  kind text not null,
  name text not null,
  revision bigint not null,
  declared_at <time> not null,
  primary key (kind, name, node));
)sql",
          "",
          // Foreign keys of what is softly deleted are read from both sides.
          R"sql(
create index profiles_process on profiles (process_id);
create index permissions_profile on profile_model_permissions (profile_id);
)sql",
          // So that upstream's casts ('LOCAL'::threshold_enum) go on working.
          R"sql(
create domain threshold_enum as text;
create domain logging_enum as text;
create domain result_status_enum as text;
create domain job_status_enum as text;
)sql"};
}

} // namespace logos::storage
