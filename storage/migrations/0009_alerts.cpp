// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// Alerts of budgets. A threshold is passed once in a period, whoever sees it and however often. `next_try_at` is a
/// lease, too: who claims a row pushes it on, and another may try when that has passed.
migration alerts_0009() {
  return {9, "alerts",
          R"sql(
alter table budgets add column alert_at_percent <json>;
alter table budgets add column alert_url text not null default '';
alter table budgets add column alert_secret text;

create table budget_alerts (
  id <id>,
  alert_id text not null,
  budget_id bigint not null,
  period_start <time> not null,
  threshold_percent bigint not null,
  scope text not null,
  scope_id bigint not null,
  period text not null,
  currency text not null,
  amount_nano bigint not null,
  spent_nano bigint not null,
  occurred_at <time> not null,
  state text not null default 'pending',
  attempts bigint not null default 0,
  next_try_at <time> not null,
  delivered_at <time>,
  last_error text not null default '');
create unique index budget_alerts_once on budget_alerts (budget_id, period_start, threshold_percent);
create index budget_alerts_due on budget_alerts (next_try_at) where state = 'pending';
)sql",
          "", ""};
}

} // namespace logos::storage
