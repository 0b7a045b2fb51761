// SPDX-License-Identifier: MIT
#include "core/fault_point.hpp"
#include "storage/journal/codec.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <vector>

namespace logos::storage::sql {
namespace {

bool lacks_owner(const finished& row) { return row.owner.unknown(); }

} // namespace

result<void> sql_store::find_owners(std::span<finished> rows) {
  for (auto& row : rows) {
    if (!lacks_owner(row)) continue;
    auto found = session_.run("select user_id, service_id from process where id = $1", {value{row.ids.process_id}});
    if (!found) return found.error();
    row.owner = {};
    if (found->empty()) continue;
    row.owner = {parse_integer(found->cells[0][0].value_or("")), parse_integer(found->cells[0][1].value_or(""))};
  }
  return {};
}

result<batch_report> sql_store::write_batch(std::span<const finished> rows, std::span<const segment_progress> progress,
                                            std::span<const std::string> forget) {
  std::vector<finished> completed;
  if (std::any_of(rows.begin(), rows.end(), lacks_owner)) {
    completed.assign(rows.begin(), rows.end());
    if (auto done = in_transaction(session_, intent::read, [&] { return find_owners(completed); }); !done)
      return done.error();
    rows = completed;
  }
  // Nearly always every row is new and good. If not, all is taken back, and the rows are told apart.
  auto written = write_batch(rows, progress, forget, session_.joined() ? insertion::apart : insertion::whole);
  if (!session_.joined() && !written &&
      (written.error().code == core::ec::conflict || written.error().code == core::ec::bad_field))
    written = write_batch(rows, progress, forget, insertion::apart);
  return written;
}

result<batch_report> sql_store::write_batch(std::span<const finished> rows, std::span<const segment_progress> progress,
                                            std::span<const std::string> forget, insertion how) {
  return in_transaction(session_, intent::write, [&]() -> result<batch_report> {
    batch_report report;
    if (how == insertion::whole && !rows.empty()) {
      const auto inserted = insert_log(rows, how);
      if (!inserted) return inserted.error();
      report.written = *inserted;
      report.known = rows.size() - *inserted;
    } else if (auto done = insert_log_bisecting(rows, report); !done) {
      return done.error();
    }
    if (auto done = insert_objects(rows); !done) return done.error();
    for (const auto& each : progress) {
      auto noted = session_.run("insert into journal_progress (segment, done_bytes) values ($1, $2)"
                                " on conflict (segment) do update set done_bytes = excluded.done_bytes",
                                {value{std::string_view{each.segment}}, value{static_cast<std::int64_t>(each.offset)}});
      if (!noted) return noted.error();
    }
    for (const auto& segment : forget) {
      auto gone = session_.run("delete from journal_progress where segment = $1", {value{std::string_view{segment}}});
      if (!gone) return gone.error();
    }
    core::fault_point("store.rows_inserted");
    return report;
  });
}

/// Halves a batch that is refused until the row at fault is alone; the rest goes in.
result<void> sql_store::insert_log_bisecting(std::span<const finished> rows, batch_report& report) {
  if (rows.empty()) return {};
  const auto attempt = [&](insertion how) -> result<std::size_t> {
    if (auto saved = session_.run("savepoint log_rows"); !saved) return saved.error();
    auto inserted = insert_log(rows, how);
    if (!inserted) {
      if (inserted.error().code == core::ec::bad_field)
        if (auto back = session_.run("rollback to savepoint log_rows"); !back) return back.error();
      return inserted;
    }
    if (auto released = session_.run("release savepoint log_rows"); !released) return released.error();
    return inserted;
  };
  auto inserted = attempt(insertion::apart);
  if (!inserted && inserted.error().code == core::ec::bad_field && rows.size() == 1)
    inserted = attempt(insertion::as_texts);
  if (inserted) {
    report.written += *inserted;
    report.known += rows.size() - *inserted;
    return {};
  }
  if (inserted.error().code != core::ec::bad_field) return inserted.error();
  if (rows.size() == 1) {
    ++report.rejected;
    return set_aside(rows[0], inserted.error());
  }
  const auto half = rows.size() / 2;
  if (auto first = insert_log_bisecting(rows.first(half), report); !first) return first.error();
  return insert_log_bisecting(rows.subspan(half), report);
}

result<void> sql_store::set_aside(const finished& row, const core::failure& reason) {
  std::string record(encoded_size(row), '\0');
  encode(row, record.data(), 0);
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * record.size());
  for (unsigned char byte : record) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  const auto why = made_storable(reason.message);
  const auto id = row.request_id.str();
  auto kept = session_.run(
      "insert into log_entry_rejected (rejected_at, reason, request_id, record)"
      " values ($1, $2, $3, $4)",
      {value{session_.now()}, value{std::string_view{why}}, value{std::string_view{id}}, value{std::string_view{hex}}});
  if (!kept) return kept.error();
  return {};
}

result<std::vector<segment_progress>> sql_store::load_progress() {
  auto found = session_.run("select segment, done_bytes from journal_progress");
  if (!found) return found.error();
  std::vector<segment_progress> progress;
  for (const auto& row : found->cells)
    progress.push_back({*row[0], static_cast<std::uint64_t>(parse_integer(*row[1]))});
  return progress;
}

result<void> sql_store::write_snapshots(std::span<const provider_snapshot> snapshots) {
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    for (const auto& each : snapshots) {
      const auto when = core::to_sql(each.snapshot_ts);
      const auto models = looks_like_json(each.loaded_models) ? each.loaded_models : std::string{"[]"};
      const auto error = made_storable(each.error_message);
      auto kept = session_.run(
          "insert into ollama_provider_snapshots (provider_id, snapshot_ts, total_models_loaded, total_vram_used_bytes,"
          " loaded_models, poll_success, error_message) values ($1, $2, $3, $4, $5, $6, $7)",
          {value{each.provider_id}, value{std::string_view{when}}, value{std::int64_t{each.total_models_loaded}},
           value{each.total_vram_used_bytes}, value{std::string_view{models}},
           value{std::int64_t{each.poll_success ? 1 : 0}}, error.empty() ? value{} : value{std::string_view{error}}});
      if (!kept) return kept.error();
    }
    return {};
  });
}

} // namespace logos::storage::sql
