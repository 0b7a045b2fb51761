// SPDX-License-Identifier: MIT
#include "storage/sqlite/sqlite_store.hpp"

#include "storage/sql/log_writer.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/sums.hpp"
#include "storage/sqlite/fresh_sums.hpp"
#include "storage/sqlite/sqlite_session.hpp"

#include <sqlite3.h>

namespace logos::storage::sqlite {
namespace {

/// Binds a row's columns one after the other. Lives until the row is written: SQLite is shown its texts, not given
/// them.
struct binder : sql::log_writer<binder> {
  binder(sqlite3_stmt* statement, bool json_as_texts) : to{statement}, as_texts{json_as_texts} {}

  sqlite3_stmt* to;
  bool as_texts;
  int place = 0;
  int worst = SQLITE_OK;
  char times[4][core::sql_time_length] = {};
  std::size_t times_used = 0;
  char id_text[36] = {};

  void note(int code) {
    if (code != SQLITE_OK) worst = code;
  }
  void integer(std::int64_t x) { note(sqlite3_bind_int64(to, ++place, x)); }
  void null() { note(sqlite3_bind_null(to, ++place)); }
  void copied(std::string_view x) {
    note(sqlite3_bind_text64(to, ++place, x.data(), x.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  }
  void viewed(std::string_view x) {
    note(sqlite3_bind_text64(to, ++place, x.data(), x.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void letters(std::string_view x) { viewed(x); }

  void required(std::string_view, core::wall_time x) {
    auto& text = times[times_used++];
    core::to_sql(x, text);
    viewed({text, sizeof text});
  }
  void request_id(std::string_view, const finished& row) {
    row.request_id.to_chars(id_text);
    viewed({id_text, sizeof id_text});
  }
  void truth(std::string_view, bool x) { integer(x ? 1 : 0); }
  void real(std::string_view, double x) { note(sqlite3_bind_double(to, ++place, x)); }
};

std::string insert_statement() {
  sql::log_columns columns;
  const finished sample{};
  sql::visit_log_fields(columns, sample);
  sql::visit_payload_fields(columns, sample);
  std::string names, places;
  for (std::size_t i = 0; i < columns.names.size(); ++i) {
    names += (i ? ", " : "") + columns.names[i];
    places += (i ? ", $" : "$") + std::to_string(i + 1);
  }
  return "insert into log_entry (" + names + ") values (" + places +
         ") on conflict (timestamp_request, request_id) do nothing";
}

/// Owns the session before the base class refers to it.
struct session_holder {
  sqlite_session session;
};

class sqlite_store final : session_holder, public sql::sql_store {
public:
  sqlite_store(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout,
               const core::secret_key& secret)
      : session_holder{sqlite_session{file, busy_timeout}},
        sql_store{session_holder::session, dialect::sqlite, secret} {}

protected:
  /// `begin immediate` is the lock.
  result<void> lock_installation() override { return {}; }
  result<bool> lock_upkeep() override { return true; }

  result<std::size_t> insert_log(std::span<const finished> rows, bool as_texts) override {
    static const std::string text = insert_statement();
    auto prepared = session.prepared(text);
    if (!prepared) return prepared.error();
    const auto sums_have_all = merged_up_to_last();
    if (!sums_have_all) return sums_have_all.error();
    fresh_sums sums;
    std::size_t inserted = 0;
    bool counts = false;
    for (const auto& row : rows) {
      binder bind{*prepared, as_texts};
      sql::visit_log_fields(bind, row);
      sql::visit_payload_fields(bind, row);
      int code = bind.worst;
      if (code == SQLITE_OK) code = sqlite3_step(*prepared);
      std::optional<core::failure> failure;
      if (code != SQLITE_DONE) failure = session.error(code);
      const auto changed = sqlite3_changes64(sqlite3_db_handle(*prepared));
      sqlite3_reset(*prepared);
      if (failure) return *failure;
      if (changed == 0) continue; // it was there already
      ++inserted;
      if (*sums_have_all) sums.add(row);
      counts = counts || !row.own_counts.empty();
    }
    sqlite3_clear_bindings(*prepared);
    if (!sums.empty())
      if (auto noted = note(sums, counts); !noted) return noted.error();
    return inserted;
  }

private:
  /// Whether the sums have every row of the log. If not, what comes now waits with the others for `merge_sums`.
  result<bool> merged_up_to_last() {
    const auto found = session.run("select (select log_entry_id from usage_merged) >="
                                   " coalesce((select max(id) from log_entry), 0)");
    if (!found) return found.error();
    return found->cells[0][0] == "1";
  }
  result<void> note(const fresh_sums& sums, bool counts) {
    static const std::string text = sql::merge_fresh_counts();
    if (auto written = sums.write(session); !written) return written.error();
    if (counts)
      if (auto written = session.run(text); !written) return written.error();
    const auto known = session.run("update usage_merged set log_entry_id = (select max(id) from log_entry)");
    if (!known) return known.error();
    return {};
  }
};

} // namespace

std::unique_ptr<store> make_store(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout,
                                  const core::secret_key& secret) {
  return std::make_unique<sqlite_store>(file, busy_timeout, secret);
}

} // namespace logos::storage::sqlite
