// SPDX-License-Identifier: MIT
#include "storage/migrations/sums_tables.hpp"

#include <string>

namespace logos::storage {
namespace {

using namespace sums_tables;

const std::string everything = "process_id, profile_id, provider_id, model_id, result_status";

std::string table(const std::string& name, bool keys, bool models, const std::string& before,
                  const std::string& after) {
  return "create table " + name + " (" + before + "\n  period_start <time> not null,\n" +
         (keys ? "  process_id bigint not null, profile_id bigint not null,\n" : "") +
         (models ? "  provider_id bigint not null, model_id bigint not null,\n" : "") +
         "  result_status text not null," + sums + after + ");\n";
}

/// A row of log_entry as the sums see it; `row` is how it is called there.
std::string seen(const std::string& row, dialect of) {
  const auto or_none = [&](const char* id) { return "coalesce(" + row + id + ", 0)"; };
  return hour_of(row, of) + ", " + or_none("process_id") + ", " + or_none("profile_id") + ", " +
         or_none("provider_id") + ", " + or_none("model_id") + ", coalesce(" + row + "result_status, ''), " +
         counts_of(row, wait_of(row, of));
}

const std::string all = "period_start, " + everything + ", " + names;
const std::string common =
    table("usage_deltas", true, true, "\n  id <id>,", "") +
    table("usage_hours", true, true, "",
          ",\n  primary key (period_start, process_id, profile_id, provider_id, model_id, result_status)") +
    table("usage_days", true, true, "",
          ",\n  primary key (period_start, process_id, profile_id, provider_id, model_id, result_status)") +
    table("usage_months", true, true, "",
          ",\n  primary key (process_id, period_start, profile_id, provider_id, model_id, result_status)") +
    table("usage_key_days", true, false, "", ",\n  primary key (period_start, process_id, profile_id, result_status)") +
    table("usage_key_months", true, false, "",
          ",\n  primary key (process_id, period_start, profile_id, result_status)") +
    table("usage_model_months", false, true, "",
          ",\n  primary key (period_start, provider_id, model_id, result_status)") +
    table("usage_model_days", false, true, "",
          ",\n  primary key (period_start, provider_id, model_id, result_status)") +
    table("usage_total_hours", false, false, "", ",\n  primary key (period_start, result_status)") +
    R"sql(
create index log_entry_failed on log_entry (result_status, timestamp_request) where result_status <> 'success';
create index log_entry_dataset on log_entry (dataset, timestamp_request) where dataset is not null;
create index log_entry_payload on log_entry (timestamp_request) where client_ip is not null
  or input_payload is not null or headers is not null or response_payload is not null;
create index ollama_provider_snapshots_age on ollama_provider_snapshots (snapshot_ts);
)sql";

/// Everything else from usage_hours.
std::string fill_others(const std::string& day, const std::string& month) {
  const std::string keys = "process_id, profile_id, result_status", models = "provider_id, model_id, result_status";
  return fill("usage_days", day, everything, "usage_hours") + fill("usage_months", month, everything, "usage_days") +
         fill("usage_key_days", "period_start", keys, "usage_days") +
         fill("usage_key_months", "period_start", keys, "usage_months") +
         fill("usage_model_days", "period_start", models, "usage_days") +
         fill("usage_model_months", "period_start", models, "usage_months") +
         fill("usage_total_hours", "period_start", "result_status", "usage_hours");
}

const std::string sqlite =
    // SQLite does not name the columns of a subquery by a list: a table in between does.
    "insert into usage_deltas (" + all + ") select " + seen("", dialect::sqlite) + " from log_entry;\n" +
    fill("usage_hours", "period_start", everything, "usage_deltas") + "delete from usage_deltas;\n" +
    fill_others("substr(period_start, 1, 10) || ' 00:00:00.000000+00'",
                "substr(period_start, 1, 7) || '-01 00:00:00.000000+00'") +
    "create trigger log_entry_usage after insert on log_entry begin\n  insert into usage_deltas (" + all +
    ") values (" + seen("new.", dialect::sqlite) + ");\nend;\n" +
    "create trigger log_entry_cost after update of cost_nano on log_entry when old.cost_nano <> new.cost_nano begin\n"
    "  insert into usage_deltas (" +
    all + ") values (" +
    "substr(new.timestamp_request, 1, 13) || ':00:00.000000+00', coalesce(new.process_id, 0),"
    " coalesce(new.profile_id, 0), coalesce(new.provider_id, 0), coalesce(new.model_id, 0),"
    " coalesce(new.result_status, ''), " +
    difference + ");\nend;\n";

// For lists. In SQLite they cost more than half of what writing a row does, on the machine that relays, too.
const std::string postgres_indexes = R"sql(
create index log_entry_model on log_entry (model_id, timestamp_request);
create index log_entry_provider on log_entry (provider_id, timestamp_request);
create index log_entry_profile on log_entry (profile_id, timestamp_request);
)sql";

const std::string postgres =
    postgres_indexes +
    std::string{"alter table usage_hours set (fillfactor = 80);\nalter table usage_days set (fillfactor = 80);\n"
                "alter table usage_months set (fillfactor = 80);\n"} +
    "insert into usage_hours (" + all + ") select period_start, " + everything + ", " + added + " from (select " +
    seen("", dialect::postgres) + " from log_entry) as seen (" + all + ") group by period_start, " + everything +
    ";\n" + fill_others("date_trunc('day', period_start, 'UTC')", "date_trunc('month', period_start, 'UTC')") +
    "create function note_usage() returns trigger language plpgsql as $$ begin\n  insert into usage_deltas (" + all +
    ") select period_start, " + everything + ", " + added + " from (select " + seen("", dialect::postgres) +
    " from fresh) as seen (" + all + ") group by period_start, " + everything + ";\n  return null;\nend $$;\n" +
    "create trigger log_entry_usage after insert on log_entry referencing new table as fresh\n"
    "  for each statement execute function note_usage();\n"
    "create function note_cost() returns trigger language plpgsql as $$ begin\n  insert into usage_deltas (" +
    all +
    ") values (date_trunc('hour', new.timestamp_request, 'UTC'), coalesce(new.process_id, 0),"
    " coalesce(new.profile_id, 0), coalesce(new.provider_id, 0), coalesce(new.model_id, 0),"
    " coalesce(new.result_status, ''), " +
    difference + ");\n  return null;\nend $$;\n" +
    "create trigger log_entry_cost after update of cost_nano on log_entry for each row\n"
    "  when (old.cost_nano is distinct from new.cost_nano) execute function note_cost();\n"
    "analyze usage_hours; analyze usage_days; analyze usage_months; analyze usage_key_days;"
    " analyze usage_key_months; analyze usage_model_days; analyze usage_model_months; analyze usage_total_hours;\n";

} // namespace

/// What requests used and cost, summed by hours, days and months, so that reports and budgets need not read every row
/// of the log, and know of rows that retention has removed. Whoever writes to the log says so in `usage_deltas`, by
/// trigger, in the same transaction, without waiting for anybody; `merge_sums` adds that to the tables. A report reads
/// both. An id of 0 is none.
migration sums_0010() {
  return {10, "sums", common, sqlite, postgres, "set local statement_timeout = 0;\nset local work_mem = '256MB';\n"};
}

} // namespace logos::storage
