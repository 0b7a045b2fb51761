// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// Prices, limits and budgets. Amounts are nano-units. `token_prices` is upstream's way to read the prices.
migration money_0005() {
  return {5, "money",
          R"sql(
drop table token_prices;
alter table log_entry add column cost_nano bigint not null default 0;
alter table log_entry add column price_id bigint;

create table prices (
  id <id>,
  model_id bigint references models,
  provider_id bigint references providers,
  token_type text not null,
  valid_from <time> not null,
  nano_per_k_tokens bigint not null check (nano_per_k_tokens >= 0),
  currency text not null,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index prices_live
  on prices (coalesce(model_id, 0), coalesce(provider_id, 0), token_type, valid_from) where deleted_at is null;

create table limits (
  id <id>,
  scope text not null,
  scope_id bigint not null,
  kind text not null,
  value bigint not null check (value >= 0),
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index limits_live on limits (scope, scope_id, kind) where deleted_at is null;

create table budgets (
  id <id>,
  scope text not null,
  scope_id bigint not null,
  period text not null,
  amount_nano bigint not null check (amount_nano >= 0),
  currency text not null,
  hard <bool> not null default <true>,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index budgets_live on budgets (scope, scope_id, period) where deleted_at is null;

create view token_prices as
  select p.id as id, t.id as type_id, p.valid_from as valid_from, p.nano_per_k_tokens * 0.000000001 as price_per_k_token
  from prices p join token_types t on t.name = p.token_type where p.deleted_at is null;
)sql",
          "", ""};
}

} // namespace logos::storage
