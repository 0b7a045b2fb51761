// SPDX-License-Identifier: MIT
#include "storage/sqlite/sqlite_store.hpp"

#include "storage/sql/sql_store.hpp"
#include "storage/sql/sums.hpp"
#include "storage/sqlite/fresh_sums.hpp"
#include "storage/sqlite/row_binder.hpp"
#include "storage/sqlite/sqlite_session.hpp"

#include <sqlite3.h>

#include <array>
#include <optional>

namespace logos::storage::sqlite {
namespace {

/// So many rows go in with one statement where there are enough: what a statement costs by itself is shared.
constexpr std::size_t rows_at_once = 16;

/// `verb` and a place for each column of so many rows.
std::string insert_statement(std::string_view verb, std::size_t rows) {
  sql::log_columns columns;
  const finished sample{};
  sql::visit_log_fields(columns, sample);
  sql::visit_payload_fields(columns, sample);
  const auto width = columns.names.size();
  std::string text{verb};
  text += " into log_entry (";
  for (std::size_t i = 0; i < width; ++i)
    text += (i ? ", " : "") + columns.names[i];
  text += ") values ";
  for (std::size_t i = 0; i < rows * width; ++i) {
    text += i % width != 0 ? ", $" : i != 0 ? "), ($" : "($";
    text += std::to_string(i + 1);
  }
  return text + ")";
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

  result<std::size_t> insert_log(std::span<const finished> rows, sql::insertion how) override {
    // `or fail` needs no copies of pages for taking one statement back: who fails takes all back.
    static const std::string several = insert_statement("insert or fail", rows_at_once);
    static const std::string one =
        insert_statement("insert", 1) + " on conflict (timestamp_request, request_id) do nothing";
    const auto sums_have_all = merged_up_to_last();
    if (!sums_have_all) return sums_have_all.error();
    fresh_sums sums;
    std::size_t inserted = 0;
    bool own_counts = false;
    while (!rows.empty()) {
      const bool many = how == sql::insertion::whole && rows.size() >= rows_at_once;
      const auto some = rows.first(many ? rows_at_once : 1);
      rows = rows.subspan(some.size());
      const auto written = insert(many ? several : one, some, how == sql::insertion::as_texts);
      if (!written) return written.error();
      if (*written == 0) continue; // it was there already
      inserted += *written;
      for (const auto& row : some) {
        if (*sums_have_all) sums.add(row);
        if (row.estimated_prompt_tokens != 0)
          if (auto added = add_estimate(session, row); !added) return added.error();
        own_counts = own_counts || !row.own_counts.empty();
      }
    }
    if (!sums.empty())
      if (auto noted = note(sums, own_counts); !noted) return noted.error();
    return inserted;
  }

private:
  /// How many of `rows` are new. `text` has places for just so many.
  result<std::size_t> insert(const std::string& text, std::span<const finished> rows, bool as_texts) {
    auto prepared = session.prepared(text);
    if (!prepared) return prepared.error();
    auto& standing = rows.size() == 1 ? of_one_ : of_several_;
    std::array<row_binder, rows_at_once> bound; // hold the texts that SQLite is shown
    int place = 0;
    int code = SQLITE_OK;
    for (std::size_t i = 0; i < rows.size() && code == SQLITE_OK; ++i) {
      auto& bind = bound[i];
      bind.to = *prepared;
      bind.standing = &standing;
      bind.as_texts = as_texts;
      bind.place = place;
      sql::visit_log_fields(bind, rows[i]);
      sql::visit_payload_fields(bind, rows[i]);
      place = bind.place;
      code = bind.worst;
    }
    if (code == SQLITE_OK) code = sqlite3_step(*prepared);
    std::optional<core::failure> failure;
    if (code != SQLITE_DONE) failure = session.error(code);
    const auto changed = sqlite3_changes64(sqlite3_db_handle(*prepared));
    sqlite3_reset(*prepared);
    if (failure) return *failure;
    return static_cast<std::size_t>(changed);
  }

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

  standing_values of_one_, of_several_; // by statement
};

} // namespace

std::unique_ptr<store> make_store(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout,
                                  const core::secret_key& secret) {
  return std::make_unique<sqlite_store>(file, busy_timeout, secret);
}

} // namespace logos::storage::sqlite
