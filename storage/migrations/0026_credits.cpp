// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// Entries on budgets. A credit is reversed once.
migration credits_0026() {
  return {26, "credits",
          R"sql(
create table credits (
  id <id>,
  budget_id bigint not null references budgets,
  amount_nano bigint not null check (amount_nano <> 0),
  reason text not null check (reason <> ''),
  reverses bigint references credits,
  made_by text not null,
  made_at <time> not null,
  version bigint not null default 1, origin text not null default 'api', config_file text,
  created_at <time> not null, updated_at <time> not null, deleted_at <time>);
create unique index credits_reversed on credits (reverses) where reverses is not null and deleted_at is null;
create index credits_of_budget on credits (budget_id) where deleted_at is null;
)sql",
          "", ""};
}

} // namespace logos::storage
