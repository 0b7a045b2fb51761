// SPDX-License-Identifier: MIT
#include "storage/sql/sql_store.hpp"
#include "storage/sql/sums.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>

/// What a node does with the books in the background, in small transactions. One node at a time: whoever comes while
/// another is at it has nothing to do.
namespace logos::storage::sql {
namespace {

std::string first_of(unmerged what, dialect of) {
  const std::string id = of == dialect::sqlite ? "id" : "ordinal";
  return "select " + id + " as id from " + (what == unmerged::rows ? "usage_unmerged_rows" : "usage_deltas") +
         " order by " + id + " limit ";
}

/// Rows of `log_entry` that are past, up to `$2` of the oldest before `$1`, and what becomes of them.
struct past_rows {
  std::string change;
  std::string which;
};

/// A refusal's message as `core::without_quotes` has it, which is how it is kept below FULL.
std::string message_without_quotes(dialect of) {
  std::string codes;
  for (int code = 0; code <= static_cast<int>(core::ec::last_); ++code)
    if (const auto each = static_cast<core::ec>(code); core::quotes_request(each))
      codes.append(codes.empty() ? "'" : ", '").append(core::to_string(each)).append("'");
  // SQLite has no patterns: trimmed of all that is no quote, a text ends at its last one.
  const std::string without =
      of == dialect::postgres
          ? "regexp_replace(error_message, '''.*''', '''…''')"
          : "substr(error_message, 1, instr(error_message, '''') - 1) || '''…''' || substr(error_message,"
            " length(rtrim(error_message, replace(error_message, '''', ''))) + 1)";
  return "case when error_code in (" + codes + ") and error_message like '%''%''%' then " + without +
         " else error_message end";
}

/// What log level FULL alone has kept.
past_rows payloads(dialect of) {
  const std::string without_features =
      of == dialect::postgres ? "case jsonb_typeof(classification_statistics) when 'object'"
                                " then classification_statistics - 'features' else classification_statistics end"
                              : "json_remove(classification_statistics, '$.features')";
  return {"update log_entry set client_ip = null, input_payload = null, headers = null, response_payload = null,"
          " classification_statistics = " +
              without_features + ", error_message = " + message_without_quotes(of),
          // the same words as in the index `log_entry_payload`, so that it is used
          "timestamp_request < $1 and (client_ip is not null or input_payload is not null or headers is not null"
          " or response_payload is not null)"};
}
/// In SQLite only rows that the sums have. (In PostgreSQL they have, by trigger.)
past_rows whole_rows(dialect of) {
  return {"delete from log_entry",
          "timestamp_request < $1" +
              std::string{of == dialect::sqlite ? " and id <= (select log_entry_id from usage_merged)" : ""}};
}
std::string span_of(const past_rows& rows) {
  return "select min(at), max(at) from (select timestamp_request as at from log_entry where " + rows.which +
         " order by timestamp_request limit $2) oldest";
}
/// `$3` and `$4` are that span: with partitions, PostgreSQL may read all that there is to find the few rows otherwise.
std::string change_of(const past_rows& rows) {
  const std::string within = "timestamp_request between $3 and $4";
  return rows.change + " where " + within +
         " and (timestamp_request, request_id) in (select timestamp_request, request_id from log_entry where " +
         rows.which + " and " + within + " order by timestamp_request limit $2)";
}

const std::string remove_snapshots =
    "delete from ollama_provider_snapshots where id in (select id from ollama_provider_snapshots"
    " where snapshot_ts < $1 order by snapshot_ts limit $2)";
const std::string remove_rejected = "delete from log_entry_rejected where id in (select id from log_entry_rejected"
                                    " where rejected_at < $1 order by id limit $2)";
const std::string remove_objects = "delete from stored_objects where object in (select object from stored_objects"
                                   " where made_at < $1 order by made_at limit $2)";

} // namespace

result<std::size_t> sql_store::merge_sums(int limit) {
  std::size_t merged = 0;
  for (const auto what : {unmerged::rows, unmerged::deltas}) {
    if (what == unmerged::rows && dialect_ == dialect::postgres) continue;
    const auto waiting = session_.run(first_of(what, dialect_) + "1");
    if (!waiting) return waiting.error();
    if (waiting->empty()) continue;
    const auto done = in_transaction(session_, intent::write, [&]() -> result<std::size_t> {
      const auto mine = lock_upkeep();
      if (!mine) return mine.error();
      if (!*mine) return std::size_t{0};
      const auto found = session_.run("select max(id), count(*) from (" + first_of(what, dialect_) + "$1) next_ones",
                                      {value{std::int64_t{limit}}});
      if (!found) return found.error();
      const value last{parse_integer(found->cells[0][0].value_or(""))};
      for (const auto& step : merge_steps(dialect_, what))
        if (auto made = step.bounded ? session_.run(step.text, {last}) : session_.run(step.text); !made)
          return made.error();
      return static_cast<std::size_t>(parse_integer(found->cells[0][1].value_or("")));
    });
    if (!done) return done.error();
    merged += *done;
  }
  return merged;
}

result<retention_batch> sql_store::remove_past(const retention_cut& cut, int limit) {
  return in_transaction(session_, intent::write, [&]() -> result<retention_batch> {
    retention_batch done;
    const auto mine = lock_upkeep();
    if (!mine) return mine.error();
    if (!*mine) return done;
    const auto most = static_cast<std::size_t>(limit);
    const auto remove = [&](const std::string& statement, core::wall_time before, std::size_t& count) -> result<void> {
      if (before == core::wall_time{}) return {};
      const auto moment = core::to_sql(before);
      const auto gone = session_.run(statement, {value{std::string_view{moment}}, value{std::int64_t{limit}}});
      if (!gone) return gone.error();
      count = gone->affected;
      done.more = done.more || count >= most;
      return {};
    };
    const auto change = [&](const past_rows& rows, core::wall_time before, std::size_t& count) -> result<void> {
      if (before == core::wall_time{}) return {};
      const auto moment = core::to_sql(before);
      const value first{std::string_view{moment}}, most_rows{std::int64_t{limit}};
      const auto span = session_.run(span_of(rows), {first, most_rows});
      if (!span) return span.error();
      const auto &from = span->cells[0][0], &to = span->cells[0][1];
      if (!from || !to) return {};
      const auto gone = session_.run(change_of(rows),
                                     {first, most_rows, value{std::string_view{*from}}, value{std::string_view{*to}}});
      if (!gone) return gone.error();
      count = gone->affected;
      done.more = done.more || count >= most;
      return {};
    };
    if (cut.rows != core::wall_time{}) {
      const auto month = drop_month(cut.rows);
      if (!month) return month.error();
      done.rows = month->value_or(0);
      done.more = month->has_value();
    }
    if (!done.more)
      if (auto gone = change(whole_rows(dialect_), cut.rows, done.rows); !gone) return gone.error();
    if (auto gone = change(payloads(dialect_), cut.payloads, done.payloads); !gone) return gone.error();
    if (auto gone = remove(remove_snapshots, cut.snapshots, done.snapshots); !gone) return gone.error();
    if (auto gone = remove(remove_rejected, std::max(cut.rows, cut.payloads), done.rejected); !gone)
      return gone.error();
    if (auto gone = remove(remove_objects, cut.rows, done.objects); !gone) return gone.error();
    return done;
  });
}

} // namespace logos::storage::sql
