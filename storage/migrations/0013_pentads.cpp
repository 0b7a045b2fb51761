// SPDX-License-Identifier: MIT
#include "storage/migrations/sums_tables.hpp"

#include <string>

namespace logos::storage {
namespace {

using namespace sums_tables;

const std::string everything = "process_id, profile_id, user_id, service_id, provider_id, model_id";
const std::string owners = "user_id, service_id";

std::string table(const std::string& name, const std::string& ids, const std::string& key) {
  auto columns = ids;
  for (auto at = columns.find(", "); at != columns.npos; at = columns.find(", ", at + 18))
    columns.insert(at, " bigint not null");
  return "create table " + name + " (\n  period_start <time> not null,\n  " + columns + " bigint not null," + sums +
         ",\n  errors bigint not null,\n  primary key (" + key + "));\n";
}

const std::string common = table("usage_pentads", everything, "period_start, " + everything) +
                           table("usage_plain_months", everything,
                                 "process_id, period_start, profile_id, user_id, service_id, provider_id, model_id") +
                           table("usage_plain_owner_days", owners, "period_start, " + owners);

/// As `fill` does, of rows that are not told apart by their result. Those of a period stand together.
std::string fill_plain(const std::string& to, const std::string& start, const std::string& ids,
                       const std::string& from) {
  return "insert into " + to + " (period_start, " + ids + ", " + names + ", errors) select " + start + ", " + ids +
         ", " + added + ", sum(case when result_status = 'success' then 0 else requests end) from " + from +
         " group by " + start + ", " + ids + " order by " + start + ";\n";
}

std::string fill_all(const std::string& pentad) {
  return fill_plain("usage_pentads", pentad, everything, "usage_days") +
         fill_plain("usage_plain_months", "period_start", everything, "usage_months") +
         fill_plain("usage_plain_owner_days", "period_start", owners, "usage_owner_days");
}

const std::string sqlite = fill_all(
    "substr(period_start, 1, 8) || substr('010611162126', 1 + 2 * min((substr(period_start, 9, 2) - 1) / 5, 5),"
    " 2) || ' 00:00:00.000000+00'");

/// What `note_usage` of `owners` does, with a sum that stays a bigint.
std::string noted() {
  const std::string all = "period_start, " + everything + ", result_status, " + names;
  auto fast = added;
  for (auto at = fast.find("sum("); at != fast.npos; at = fast.find("sum(", at + 7))
    fast.replace(at, 4, "add_up(");
  std::string ids;
  for (const char* id : {"process_id", "profile_id", "user_id", "service_id", "provider_id", "model_id"})
    ids += "coalesce(" + std::string{id} + ", 0), ";
  return "create or replace function note_usage() returns trigger language plpgsql as $$ begin\n"
         "  insert into usage_deltas (" +
         all + ") select period_start, " + everything + ", result_status, " + fast + " from (select " +
         hour_of("", dialect::postgres) + ", " + ids + "coalesce(result_status, ''), " +
         counts_of("", wait_of("", dialect::postgres)) + " from fresh) as seen (" + all + ") group by period_start, " +
         everything + ", result_status;\n  return null;\nend $$;\n";
}

/// A node of before that still runs does not know the new tables: it cannot merge any more, for want of this column.
/// Nobody writes meanwhile.
const std::string before = "set local statement_timeout = 0;\nset local work_mem = '256MB';\n"
                           "alter table usage_deltas rename column id to number;\n";

const std::string postgres =
    "create aggregate add_up(bigint) (sfunc = int8pl, stype = bigint, initcond = '0', combinefunc = int8pl,"
    " parallel = safe);\n"
    "alter table usage_pentads set (fillfactor = 80);\nalter table usage_plain_months set (fillfactor = 80);\n" +
    fill_all("date_trunc('month', period_start, 'UTC') + least((extract(day from period_start at time zone 'UTC')::int"
             " - 1) / 5, 5) * interval '120 hours'") +
    noted() + "analyze usage_pentads; analyze usage_plain_months; analyze usage_plain_owner_days;\n";

} // namespace

/// Sums for reports of a few weeks and of many months over keys and models: a month has six pentads (five days, and
/// what remains), and no row is told apart by its result, which makes two of most. A report by result reads the other
/// tables.
migration pentads_0013() { return {13, "pentads", common, sqlite, postgres, before}; }

} // namespace logos::storage
