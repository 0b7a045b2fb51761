// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "storage/migrations/migration.hpp"
#include "storage/sql/periods.hpp"
#include "storage/sql/session.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

/// The tables of sums over requests (migrations `sums`, `owners` and `pentads`), and reports from them.
///
/// What is not in them yet stands in `usage_deltas`, in few rows: PostgreSQL's triggers add to it, since ids of rows
/// need not become visible in their order there; in SQLite, whoever writes a batch (sqlite/fresh_sums.hpp). Rows of
/// SQLite's log that are in neither, since they were written before somebody did so, come after the one that
/// `usage_merged` names. `usage_unmerged` is both.
namespace logos::storage::sql {

/// Whether a report is by weeks, and not by anything finer; `of_months`: and by months, so that a week that two share
/// is in two parts.
enum class weeks { none, whole, of_months };

/// What a report asks of the sums.
struct sums_query {
  core::wall_time from{};        // inclusive
  core::wall_time to{};          // exclusive
  grain coarsest = grain::month; // day, where it is by weeks
  weeks by_week = weeks::none;
  bool by_time = false;    // whether it needs `at`
  bool by_process = false; // whether it needs process and profile
  bool by_owner = false;   // whether it needs user and service
  bool by_model = false;   // whether it needs provider and model
  bool by_result = false;  // whether it needs `result_status`
  bool by_source = false;  // whether it needs `usage_source`
};

/// Rows that add up to the requests of a range: `at` (the start of the period of grain `coarsest`, or of the week), the
/// ids (0: none), `result_status`, `usage_source` (if the query needs it; empty: not known), the columns of
/// `sum_names`, and `errors`: those that did not succeed. Whole months, pentads, days and hours come from the tables of
/// sums, what lies at the edges inside an hour from the log itself.
struct sums_source {
  std::string text;                // a SELECT that is the same for every range
  std::vector<std::string> bounds; // its parameters, `$1` to `$n`
};
sums_source sums_over(const sums_query& query, dialect of);

/// The columns that are added up, parted by commas. Costs are kept in two parts, whole units and nano-units.
extern const std::string sum_names;

/// The columns of `usage_estimates` that are added up; the first one counts requests.
inline constexpr std::array<std::string_view, 7> estimate_sum_names{"samples",
                                                                    "estimated_prompt_tokens",
                                                                    "counted_prompt_tokens",
                                                                    "prompt_tokens_apart",
                                                                    "estimated_completion_tokens",
                                                                    "counted_completion_tokens",
                                                                    "completion_tokens_apart"};
/// How an insert into `usage_estimates` ends that adds its row to the one that is there.
std::string or_add_estimates();

/// Their sums, and that of `errors`, under the same names. In PostgreSQL by `add_up`: its own sum() of bigint makes
/// numbers without bounds, which takes twice the time.
std::string added_up(dialect of);

/// What is to be added to the tables of sums.
enum class unmerged { deltas, rows };

/// One of the statements that do it; `$1`, if it is there, is the id up to which.
struct merge_step {
  std::string text;
  bool bounded = true;
};

/// SQLite: adds the operator's own counts of rows behind `usage_merged` to their sums, before that is moved on.
std::string merge_fresh_counts();

/// To be run one after the other in one transaction. Of rows only on SQLite.
std::vector<merge_step> merge_steps(dialect of, unmerged what);

} // namespace logos::storage::sql
