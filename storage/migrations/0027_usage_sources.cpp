// SPDX-License-Identifier: MIT
#include "storage/migrations/sums_tables.hpp"

#include <string>

namespace logos::storage {
namespace {

using namespace sums_tables;

const std::string ids = "process_id, profile_id, user_id, service_id, provider_id, model_id";
const std::string models = "provider_id, model_id";
const std::string told = ", result_status, usage_source";

std::string table(const std::string& name, const std::string& whose, bool by_result) {
  auto columns = whose;
  for (auto at = columns.find(", "); at != columns.npos; at = columns.find(", ", at + 18))
    columns.insert(at, " bigint not null");
  return "create table " + name + " (\n  period_start <time> not null,\n  " + columns + " bigint not null,\n  " +
         (by_result ? "result_status text not null, " : "") + "usage_source text not null," + sums +
         (by_result ? "" : ",\n  errors bigint not null") + ",\n  primary key (period_start, " + whose +
         (by_result ? ", result_status" : "") + ", usage_source));\n";
}

const std::string estimates = "samples, estimated_prompt_tokens, counted_prompt_tokens, prompt_tokens_apart,"
                              " estimated_completion_tokens, counted_completion_tokens, completion_tokens_apart";
const std::string estimate_columns = R"sql(
  period_start <time> not null, provider_id bigint not null, model_id bigint not null, samples bigint not null,
  estimated_prompt_tokens bigint not null, counted_prompt_tokens bigint not null, prompt_tokens_apart bigint not null,
  estimated_completion_tokens bigint not null, counted_completion_tokens bigint not null,
  completion_tokens_apart bigint not null)sql";

/// Whatever was summed before is of no source that these tables would have to tell, as far as they are not filled.
const std::string common = table("usage_source_hours", ids, true) + table("usage_source_days", ids, true) +
                           table("usage_source_model_days", models, true) + table("usage_source_months", ids, true) +
                           table("usage_source_plain_months", ids, false) +
                           table("usage_source_model_months", models, true) + "create table usage_estimates (" +
                           estimate_columns + ",\n  primary key (period_start, provider_id, model_id));\n" +
                           "alter table usage_deltas add column usage_source text not null default 'provider';\n";

/// What a row of log_entry is summed by; `row` is how it is called there.
std::string ids_of(const std::string& row) {
  std::string text;
  for (const char* id : {"process_id", "profile_id", "user_id", "service_id", "provider_id", "model_id"})
    text += "coalesce(" + row + id + ", 0), ";
  return text + "coalesce(" + row + "result_status, ''), coalesce(" + row + "usage_source, '')";
}
std::string seen(const std::string& row, dialect of) {
  return hour_of(row, of) + ", " + ids_of(row) + ", " + counts_of(row, wait_of(row, of));
}
const std::string all = "period_start, " + ids + told + ", " + names;
std::string corrected(dialect of) {
  return "insert into usage_deltas (" + all + ") values (" + hour_of("new.", of) + ", " + ids_of("new.") + ", " +
         difference + ");\n";
}

/// The others from usage_source_hours.
std::string fill_others(const std::string& day, const std::string& month) {
  return fill("usage_source_days", day, ids + told, "usage_source_hours") +
         fill("usage_source_model_days", "period_start", models + told, "usage_source_days") +
         fill("usage_source_months", month, ids + told, "usage_source_days") +
         fill("usage_source_model_months", "period_start", models + told, "usage_source_months") +
         "insert into usage_source_plain_months (period_start, " + ids + ", usage_source, " + names +
         ", errors) select period_start, " + ids + ", usage_source, " + added +
         ", sum(case when result_status = 'success' then 0 else requests end) from usage_source_months group by"
         " period_start, " +
         ids + ", usage_source;\n";
}

/// Since when the log has every row that was summed: retention takes the oldest away, and nobody knows of what source
/// they were. An hour of which some are gone is not known, either. `summed`: the rows of
/// the log that the sums have.
std::string known_since(const std::string& first, const std::string& next, const std::string& last_moment,
                        const std::string& summed) {
  return "insert into usage_sources_known (since)\n"
         "  select case when (select coalesce(sum(requests), 0) from (select requests, period_start from usage_hours"
         " union all\n    select requests, period_start from usage_deltas) h where h.period_start = f.hour) =\n"
         "    (select count(*) from log_entry e where e.timestamp_request >= f.hour and e.timestamp_request < " +
         next + summed + ")\n    then f.hour else " + next + " end from (select coalesce(" + first + ", " +
         last_moment + ") as hour) f;\n";
}
const std::string unknown_before =
    "insert into usage_source_hours (" + all + ") select period_start, " + ids + ", result_status, '', " + added +
    " from (select period_start, " + ids + ", result_status, " + names +
    " from usage_hours union all select"
    " period_start, " +
    ids + ", result_status, " + names +
    " from usage_deltas) h where period_start < (select since from usage_sources_known) group by period_start, " + ids +
    ", result_status;\n";

const std::string sqlite =
    "alter table log_entry add column estimated_prompt_tokens integer;\n"
    "alter table log_entry add column estimated_completion_tokens integer;\n"
    "create table usage_sources_known (since text not null);\n" +
    known_since("(select substr(min(timestamp_request), 1, 13) || ':00:00.000000+00' from log_entry)",
                "strftime('%Y-%m-%d %H', substr(f.hour, 1, 19), '+1 hour') || ':00:00.000000+00'",
                "'9998-12-31 23:00:00.000000+00'", " and e.id <= (select log_entry_id from usage_merged)") +
    unknown_before +
    // What the sums do not have yet is added with them.
    "drop table usage_merging;\ncreate table usage_merging as select * from usage_deltas where 0;\n"
    "insert into usage_merging (" +
    all + ") select " + seen("", dialect::sqlite) +
    " from log_entry where (usage_source is null or usage_source <> 'provider') and timestamp_request >="
    " (select since from usage_sources_known) and id <= (select log_entry_id from usage_merged);\n" +
    fill("usage_source_hours", "period_start", ids + told, "usage_merging") + "delete from usage_merging;\n" +
    fill_others("substr(period_start, 1, 10) || ' 00:00:00.000000+00'",
                "substr(period_start, 1, 7) || '-01 00:00:00.000000+00'") +
    "drop table usage_sources_known;\n"
    "drop view usage_unmerged;\ndrop view usage_unmerged_rows;\ndrop trigger log_entry_cost;\n"
    "create view usage_unmerged_rows (id, " +
    all + ") as select id, " + seen("", dialect::sqlite) +
    " from log_entry where id > (select log_entry_id from usage_merged);\n"
    "create view usage_unmerged as select " +
    all + " from usage_deltas union all select " + all +
    " from usage_unmerged_rows;\n"
    "create trigger log_entry_cost after update of cost_nano on log_entry when old.cost_nano <> new.cost_nano\n"
    "  and new.id <= (select log_entry_id from usage_merged) begin\n  " +
    corrected(dialect::sqlite) + "end;\n";

/// `added` with sums that stay a bigint.
std::string added_fast() {
  auto fast = added;
  for (auto at = fast.find("sum("); at != fast.npos; at = fast.find("sum(", at + 7))
    fast.replace(at, 4, "add_up(");
  return fast;
}

/// A node of before that still runs cannot merge any more, for want of a column: it does not know the new tables.
/// Whoever else reads or writes the log or its sums waits from here to the end. All lock log_entry first and then
/// usage_deltas; were log_entry locked last, when it gets its columns, who has it would wait for usage_deltas and be
/// waited for.
const std::string before = "set local statement_timeout = 0;\nset local work_mem = '256MB';\n"
                           "set local maintenance_work_mem = '256MB';\n"
                           "lock table log_entry, usage_deltas in access exclusive mode;\n"
                           "alter table usage_deltas rename column number to entry;\n";

const std::string postgres =
    // Not a temporary one: that is a right of its own.
    "create table usage_sources_known (since timestamptz not null);\n" +
    known_since("date_trunc('hour', (select min(timestamp_request) from log_entry), 'UTC')",
                "f.hour + interval '1 hour'", "timestamptz '9998-12-31 23:00:00+00'", "") +
    unknown_before + "insert into usage_source_hours (" + all + ") select period_start, " + ids + told + ", " + added +
    " from (select " + seen("", dialect::postgres) +
    " from log_entry where usage_source is distinct from 'provider' and timestamp_request >="
    " (select since from usage_sources_known)) as seen (" +
    all + ") group by period_start, " + ids + told + ";\n" +
    fill_others("date_trunc('day', period_start, 'UTC')", "date_trunc('month', period_start, 'UTC')") +
    // Like log_entry_status: rows of all but one source are few.
    "create index log_entry_usage_source on log_entry (usage_source, timestamp_request, process_id, profile_id,"
    " user_id, service_id, model_id, provider_id) where usage_source <> 'provider';\n"
    "create index usage_source_days_process on usage_source_days (process_id, period_start);\n"
    "create index usage_source_hours_process on usage_source_hours (process_id, period_start);\n"
    "create table usage_estimate_deltas (like usage_estimates);\n"
    "create or replace function note_usage() returns trigger language plpgsql as $$ begin\n  insert into usage_deltas "
    "(" +
    all + ") select period_start, " + ids + told + ", " + added_fast() + " from (select " +
    seen("", dialect::postgres) + " from fresh) as seen (" + all + ") group by period_start, " + ids + told +
    ";\n  insert into usage_estimate_deltas (period_start, provider_id, model_id, " + estimates +
    ")\n  select date_trunc('day', timestamp_request, 'UTC'), coalesce(provider_id, 0), coalesce(model_id, 0),"
    " count(*),\n    add_up(estimated_prompt_tokens), add_up(prompt_tokens),"
    " add_up(abs(estimated_prompt_tokens - prompt_tokens)),\n    add_up(coalesce(estimated_completion_tokens, 0)),"
    " add_up(completion_tokens), add_up(abs(coalesce(estimated_completion_tokens, 0) - completion_tokens))\n"
    "  from fresh where estimated_prompt_tokens is not null group by 1, 2, 3;\n  return null;\nend $$;\n"
    "create or replace function note_cost() returns trigger language plpgsql as $$ begin\n  " +
    corrected(dialect::postgres) +
    "  return null;\nend $$;\n"
    "alter table log_entry add column estimated_prompt_tokens bigint, add column estimated_completion_tokens bigint;\n"
    "drop table usage_sources_known;\n"
    "analyze usage_source_hours; analyze usage_source_days; analyze usage_source_model_days;"
    " analyze usage_source_months; analyze usage_source_plain_months; analyze usage_source_model_months;\n";

} // namespace

/// Reports by where usage is known from. Nearly all of it is the provider's own count: tables beside the others have
/// the sums of the rest, and what is the provider's is the difference. Nothing that stands is written anew: of the log
/// only the rows of other sources are read. Sums whose rows retention has removed are of no known source ('').
///
/// And how far estimates are from providers' counts: of one request in some both are known, and are summed by days and
/// deployments.
migration usage_sources_0027() { return {27, "usage_sources", common, sqlite, postgres, before}; }

} // namespace logos::storage
