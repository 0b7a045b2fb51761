// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "storage/migrations/migration.hpp"
#include "storage/sql/session.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The tables of sums over requests (migration `sums`), and reports from them.
namespace logos::storage::sql {

/// How finely a report needs its times.
enum class grain { hour, day, month };

/// What a report asks of the sums.
struct sums_query {
  core::wall_time from{}; // inclusive
  core::wall_time to{};   // exclusive
  grain coarsest = grain::month;
  bool by_process = true; // whether it needs process and profile
  bool by_model = true;   // whether it needs provider and model
};

/// Rows that add up to the requests of a range: `at`, the ids (0: none), `result_status`, and the columns of
/// `sum_names`. Whole months, days and hours come from the tables of sums, what lies at the edges inside an hour from
/// the log itself.
struct sums_source {
  std::string text;                // a SELECT that is the same for every range
  std::vector<std::string> bounds; // its parameters, `$1` to `$n`
};
sums_source sums_over(const sums_query& query, dialect of);

/// The columns that are added up, parted by commas. Costs are kept in two parts, whole units and nano-units.
extern const std::string sum_names;

/// The statements that add the usage_deltas with ids up to `$1` to the tables of sums and remove them, to be run one
/// after the other in one transaction. The last one says how many there were, as `affected` or as its only cell.
std::vector<std::string> merge_statements(dialect of);

} // namespace logos::storage::sql
