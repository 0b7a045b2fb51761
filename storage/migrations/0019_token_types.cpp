// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {
namespace {

/// SQLite cannot drop the old table's constraint on names: the table is made anew on both.
constexpr std::string_view common = R"sql(
drop view token_prices;
alter table token_types rename to older_token_types;
create table token_types (
  id <id>,
  name text not null,
  description text,
  counted_from text not null default '',
  part_of text not null default '',
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null default '2026-01-01 00:00:00.000000+00',
  updated_at <time> not null default '2026-01-01 00:00:00.000000+00', deleted_at <time>);
insert into token_types (id, name, description) select id, name, description from older_token_types order by id;
drop table older_token_types;
create unique index token_types_live on token_types (name) where deleted_at is null;
update token_types set part_of = 'prompt_tokens' where id between 4 and 6;
update token_types set part_of = 'completion_tokens' where id in (7, 8);

create table rates (
  id <id>,
  currency text not null,
  valid_from <time> not null,
  nano_rate bigint not null check (nano_rate > 0),
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index rates_live on rates (currency, valid_from) where deleted_at is null;

alter table log_entry add column rate_id bigint;
alter table log_entry add column own_counts <json>;

create table usage_count_hours (
  period_start <time> not null,
  process_id bigint not null, profile_id bigint not null, user_id bigint not null, service_id bigint not null,
  provider_id bigint not null, model_id bigint not null, result_status text not null,
  type_id bigint not null, token_count bigint not null,
  primary key (period_start, process_id, profile_id, user_id, service_id, provider_id, model_id, result_status,
               type_id));

create view token_prices as
  select p.id as id, t.id as type_id, p.valid_from as valid_from, p.nano_per_k_tokens * 0.000000001 as price_per_k_token
  from prices p join token_types t on t.name = p.token_type and t.deleted_at is null where p.deleted_at is null;
)sql";

constexpr std::string_view begin_usage_tokens = R"sql(
  select id * 32 + 1 as id, 1 as type_id, id as log_entry_id, prompt_tokens as token_count
    from log_entry where prompt_tokens <> 0
  union all select id * 32 + 2, 2, id, completion_tokens from log_entry where completion_tokens <> 0
  union all select id * 32 + 3, 3, id, total_tokens from log_entry where total_tokens <> 0
  union all select id * 32 + 4, 4, id, prompt_cached_tokens from log_entry where prompt_cached_tokens <> 0
  union all select id * 32 + 5, 5, id, prompt_cache_creation_tokens from log_entry where prompt_cache_creation_tokens <> 0
  union all select id * 32 + 6, 6, id, prompt_audio_tokens from log_entry where prompt_audio_tokens <> 0
  union all select id * 32 + 7, 7, id, completion_reasoning_tokens from log_entry where completion_reasoning_tokens <> 0
  union all select id * 32 + 8, 8, id, completion_audio_tokens from log_entry where completion_audio_tokens <> 0
  union all select id * 32 + 9, 9, id, audio_milliseconds from log_entry where audio_milliseconds <> 0)sql";

const std::string sqlite = "update sqlite_sequence set seq = max(seq, 99) where name = 'token_types';\n"
                           "drop view usage_tokens;\ncreate view usage_tokens as" +
                           std::string{begin_usage_tokens} + R"sql(
  union all select -(l.id * 1048576 + c.key), cast(c.key as integer), l.id, c.value
    from log_entry l, json_each(l.own_counts) c where json_type(l.own_counts) = 'object';
create view usage_count_rows as
  select l.id as id, l.timestamp_request as at,
    substr(l.timestamp_request, 1, 13) || ':00:00.000000+00' as period_start,
    coalesce(l.process_id, 0) as process_id, coalesce(l.profile_id, 0) as profile_id,
    coalesce(l.user_id, 0) as user_id, coalesce(l.service_id, 0) as service_id,
    coalesce(l.provider_id, 0) as provider_id, coalesce(l.model_id, 0) as model_id,
    coalesce(l.result_status, '') as result_status, cast(c.key as integer) as type_id, c.value as token_count
  from log_entry l, json_each(l.own_counts) c where json_type(l.own_counts) = 'object';
)sql";

/// Whoever writes rows that have counts notes them beside (see storage/postgres/postgres_log.cpp): a trigger would look
/// at every row for the few that have any.
const std::string postgres =
    "select setval(pg_get_serial_sequence('token_types', 'id'), greatest(99, (select max(id) from token_types)));\n"
    "create or replace view usage_tokens as" +
    std::string{begin_usage_tokens} + R"sql(
  union all select -(l.id * 1048576 + c.key::bigint), c.key::int, l.id, c.value::bigint from log_entry l,
    jsonb_each_text(case jsonb_typeof(l.own_counts) when 'object' then l.own_counts else '{}' end) c
    where l.own_counts is not null;
create view usage_count_rows as
  select l.id as id, l.timestamp_request as at, date_trunc('hour', l.timestamp_request, 'UTC') as period_start,
    coalesce(l.process_id, 0) as process_id, coalesce(l.profile_id, 0) as profile_id,
    coalesce(l.user_id, 0) as user_id, coalesce(l.service_id, 0) as service_id,
    coalesce(l.provider_id, 0) as provider_id, coalesce(l.model_id, 0) as model_id,
    coalesce(l.result_status, '') as result_status, c.key::bigint as type_id, c.value::bigint as token_count
  from log_entry l,
    jsonb_each_text(case jsonb_typeof(l.own_counts) when 'object' then l.own_counts else '{}' end) c
  where l.own_counts is not null;
create table usage_count_deltas (
  period_start timestamptz not null,
  process_id bigint not null, profile_id bigint not null, user_id bigint not null, service_id bigint not null,
  provider_id bigint not null, model_id bigint not null, result_status text not null,
  type_id bigint not null, token_count bigint not null);
)sql";

} // namespace

/// Token types that an operator adds, with what requests have of them, and rates of exchange.
migration token_types_0019() {
  return {19, "token_types", common, sqlite, postgres, "set local statement_timeout = 0;\n"};
}

} // namespace logos::storage
