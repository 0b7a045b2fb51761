// SPDX-License-Identifier: MIT
#include "storage/migrations/sums_tables.hpp"

#include <string>

namespace logos::storage {
namespace {

using namespace sums_tables;

const std::string whose = "process_id, profile_id, user_id, service_id";
const std::string errors = "sum(case when result_status = 'success' then 0 else requests end)";

std::string table(const std::string& name, const std::string& told) {
  auto columns = whose;
  for (auto at = columns.find(", "); at != columns.npos; at = columns.find(", ", at + 18))
    columns.insert(at, " bigint not null");
  return "create table " + name + " (\n  period_start <time> not null,\n  " + columns + " bigint not null," +
         (told.empty() ? "" : "\n  " + told + " text not null,") + sums +
         ",\n  errors bigint not null,\n  primary key (process_id, period_start, profile_id, user_id, service_id" +
         (told.empty() ? "" : ", " + told) + "));\n";
}

std::string fill_from(const std::string& from, const std::string& to, const std::string& told,
                      const std::string& failed) {
  const auto by = "period_start, " + whose + told;
  return "insert into " + to + " (" + by + ", " + names + ", errors) select " + by + ", " + added + ", " + failed +
         " from " + from + " group by " + by + " order by period_start;\n";
}

const std::string common =
    table("usage_plain_key_months", "") + table("usage_source_key_months", "usage_source") +
    fill_from("usage_key_months", "usage_plain_key_months", "", errors) +
    fill_from("usage_source_plain_months", "usage_source_key_months", ", usage_source", "sum(errors)");

/// As in `usage_sources`: a node of before that still runs must not merge, since it does not know these tables.
const std::string before = "set local statement_timeout = 0;\n"
                           "lock table log_entry, usage_deltas in access exclusive mode;\n"
                           "alter table usage_deltas rename column entry to ordinal;\n";

const std::string postgres = "alter table usage_plain_key_months set (fillfactor = 80);\n"
                             "analyze usage_plain_key_months; analyze usage_source_key_months;\n";

} // namespace

/// Sums of months by keys alone: a report of a year that tells keys and sources apart would add up what they made of
/// each model.
migration key_sums_0030() { return {30, "key_sums", common, "", postgres, before}; }

} // namespace logos::storage
