// SPDX-License-Identifier: MIT
#include "storage/migrations/sums_tables.hpp"

#include <string>

namespace logos::storage {
namespace {

using namespace sums_tables;

const std::string keys = "process_id, profile_id, user_id, service_id";
const std::string owners = "user_id, service_id";
const std::string models = "provider_id, model_id";
const std::string everything = keys + ", " + models + ", result_status";
const std::string all = "period_start, " + everything + ", " + names;

/// A table whose rows are told apart by these columns, all of them ids, and by `result_status`.
std::string table(const std::string& name, const std::string& dimensions, const std::string& before = "",
                  const std::string& key = "") {
  std::string columns = dimensions.empty() ? "" : dimensions + " bigint not null,\n";
  for (auto at = columns.find(", "); at != columns.npos; at = columns.find(", ", at + 18))
    columns.insert(at, " bigint not null");
  return "create table " + name + " (" + before + "\n  period_start <time> not null,\n  " + columns +
         "  result_status text not null," + sums +
         (key.empty() ? "" : ",\n  primary key (" + key + ", result_status)") + ");\n";
}

const std::string tables =
    table("usage_deltas", keys + ", " + models, "\n  id <id>,") +
    table("usage_hours", keys + ", " + models, "", "period_start, " + keys + ", " + models) +
    table("usage_days", keys + ", " + models, "", "period_start, " + keys + ", " + models) +
    table("usage_months", keys + ", " + models, "",
          "process_id, period_start, profile_id, user_id, service_id, " + models) +
    table("usage_key_days", keys, "", "period_start, " + keys) +
    table("usage_key_months", keys, "", "process_id, period_start, profile_id, user_id, service_id") +
    table("usage_owner_days", owners, "", "period_start, " + owners) +
    table("usage_owner_months", owners, "", "period_start, " + owners) +
    table("usage_model_days", models, "", "period_start, " + models) +
    table("usage_model_months", models, "", "period_start, " + models) +
    table("usage_total_hours", "", "", "period_start");

/// The old tables' rows, which may be of requests that the log has no more, by the owners that their keys have now.
const std::string begin =
    "alter table log_entry add column user_id bigint;\nalter table log_entry add column service_id bigint;\n"
    "update log_entry set user_id = (select p.user_id from process p where p.id = log_entry.process_id),"
    " service_id = (select p.service_id from process p where p.id = log_entry.process_id)"
    " where process_id in (select p.id from process p where p.user_id is not null or p.service_id is not null);\n"
    "create table older_hours as select * from usage_hours;\n"
    "create table older_deltas as select * from usage_deltas;\n"
    "drop table usage_deltas; drop table usage_hours; drop table usage_days; drop table usage_months;\n"
    "drop table usage_key_days; drop table usage_key_months; drop table usage_model_days;\n"
    "drop table usage_model_months; drop table usage_total_hours;\n";

std::string owned(const std::string& to, const std::string& from) {
  return "insert into " + to + " (" + all +
         ") select h.period_start, h.process_id, h.profile_id, coalesce(p.user_id, 0), coalesce(p.service_id, 0),"
         " h.provider_id, h.model_id, h.result_status, " +
         names + " from " + from +
         " h left join process p on p.id = h.process_id order by h.period_start;\ndrop table " + from + ";\n";
}

/// Everything else from usage_hours.
std::string fill_others(const std::string& day, const std::string& month) {
  const std::string result = ", result_status";
  return fill("usage_days", day, everything, "usage_hours") + fill("usage_months", month, everything, "usage_days") +
         fill("usage_key_days", "period_start", keys + result, "usage_days") +
         fill("usage_key_months", "period_start", keys + result, "usage_months") +
         fill("usage_owner_days", "period_start", owners + result, "usage_key_days") +
         fill("usage_owner_months", "period_start", owners + result, "usage_key_months") +
         fill("usage_model_days", "period_start", models + result, "usage_days") +
         fill("usage_model_months", "period_start", models + result, "usage_months") +
         fill("usage_total_hours", "period_start", "result_status", "usage_hours");
}

/// The ids of a row of log_entry as the sums see them.
std::string ids_of(const std::string& row) {
  std::string text;
  for (const char* id : {"process_id", "profile_id", "user_id", "service_id", "provider_id", "model_id"})
    text += "coalesce(" + row + id + ", 0), ";
  return text + "coalesce(" + row + "result_status, '')";
}
std::string seen(const std::string& row, dialect of) {
  return hour_of(row, of) + ", " + ids_of(row) + ", " + counts_of(row, wait_of(row, of));
}
std::string corrected(dialect of) {
  return "insert into usage_deltas (" + all + ") values (" + hour_of("new.", of) + ", " + ids_of("new.") + ", " +
         difference + ");\n";
}

const std::string common = begin + tables + owned("usage_hours", "older_hours") + owned("usage_deltas", "older_deltas");

/// What has been deleted from the end of the log leaves its ids to the rows to come: they are not merged, either.
const std::string sqlite =
    "drop trigger log_entry_usage; drop trigger log_entry_cost;\n" +
    fill_others("substr(period_start, 1, 10) || ' 00:00:00.000000+00'",
                "substr(period_start, 1, 7) || '-01 00:00:00.000000+00'") +
    "create table usage_merging as select * from usage_hours where 0;\n"
    "create table usage_merged (log_entry_id integer not null);\n"
    "insert into usage_merged (log_entry_id) select coalesce(max(id), 0) from log_entry;\n"
    "create view usage_unmerged_rows (id, " +
    all + ") as select id, " + seen("", dialect::sqlite) +
    " from log_entry where id > (select log_entry_id from usage_merged);\n"
    "create view usage_unmerged as select " +
    all + " from usage_deltas union all select " + all +
    " from usage_unmerged_rows;\n"
    "create trigger log_entry_cost after update of cost_nano on log_entry when old.cost_nano <> new.cost_nano\n"
    "  and new.id <= (select log_entry_id from usage_merged) begin\n  " +
    corrected(dialect::sqlite) +
    "end;\n"
    "create trigger log_entry_last after delete on log_entry when old.id >= (select log_entry_id from usage_merged) "
    "begin\n"
    "  update usage_merged set log_entry_id = min(log_entry_id, (select coalesce(max(id), 0) from log_entry));\n"
    "end;\n";

const std::string postgres =
    "alter table usage_hours set (fillfactor = 80);\nalter table usage_days set (fillfactor = 80);\n"
    "alter table usage_months set (fillfactor = 80);\n" +
    fill_others("date_trunc('day', period_start, 'UTC')", "date_trunc('month', period_start, 'UTC')") +
    "create index log_entry_user on log_entry (user_id, timestamp_request);\n"
    "create or replace function note_usage() returns trigger language plpgsql as $$ begin\n"
    "  insert into usage_deltas (" +
    all + ") select period_start, " + everything + ", " + added + " from (select " + seen("", dialect::postgres) +
    " from fresh) as seen (" + all + ") group by period_start, " + everything +
    ";\n  return null;\nend $$;\n"
    "create or replace function note_cost() returns trigger language plpgsql as $$ begin\n  " +
    corrected(dialect::postgres) +
    "  return null;\nend $$;\n"
    "analyze log_entry; analyze usage_hours; analyze usage_days; analyze usage_months; analyze usage_key_days;"
    " analyze usage_key_months; analyze usage_owner_days; analyze usage_owner_months; analyze usage_model_days;"
    " analyze usage_model_months; analyze usage_total_hours;\n";

} // namespace

/// A request says whose the key was that made it: what a user has used and spent stays theirs when the key is given to
/// another. Rows from before are given to those who have the keys now. And SQLite, which has one writer, sums without
/// a trigger (see storage/sql/sums.hpp).
migration owners_0011() {
  return {11, "owners", common, sqlite, postgres, "set local statement_timeout = 0;\nset local work_mem = '256MB';\n"};
}

} // namespace logos::storage
