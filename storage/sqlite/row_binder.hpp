// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "storage/sql/log_writer.hpp"

#include <sqlite3.h>

#include <bit>
#include <cstdint>
#include <vector>

namespace logos::storage::sqlite {

/// What stands bound at the places of a statement that lives as long as this. SQLite keeps bindings from one row to the
/// next, and most columns of most rows are what they were in the row before: a third of what binding costs is spared.
class standing_values {
public:
  enum class kind : std::uint8_t { unknown, null, integer, real, rank, letters };

  /// False: it stood there already. True: it is to be bound now.
  bool change(std::size_t place, kind of, std::int64_t value) {
    if (place >= slots_.size()) slots_.resize(place + 1);
    auto& slot = slots_[place];
    if (slot.of == of && slot.value == value) return false;
    slot = {value, of};
    return true;
  }
  void forget(std::size_t place) {
    if (place < slots_.size()) slots_[place].of = kind::unknown;
  }

private:
  struct bound {
    std::int64_t value = 0;
    kind of = kind::unknown;
  };
  std::vector<bound> slots_;
};

/// Binds a row's columns one after the other. Lives until the row is written: SQLite is shown its texts, not given
/// them.
struct row_binder : sql::log_writer<row_binder> {
  using kind = standing_values::kind;

  sqlite3_stmt* to = nullptr;
  standing_values* standing = nullptr; ///< of `to`
  bool as_texts = false;               ///< see `log_writer`
  int place = 0;                       ///< of the last value that was bound
  int worst = SQLITE_OK;               ///< what SQLite answered to the last one that it did not take
  char times[4][core::sql_time_length] = {};
  std::size_t times_used = 0;
  char id_text[36] = {};

  void note(int code) {
    if (code != SQLITE_OK) worst = code;
  }
  bool changes(kind of, std::int64_t value) { return standing->change(static_cast<std::size_t>(++place), of, value); }
  void passing() { standing->forget(static_cast<std::size_t>(++place)); }
  void integer(std::int64_t x) {
    if (changes(kind::integer, x)) note(sqlite3_bind_int64(to, place, x));
  }
  void null() {
    if (changes(kind::null, 0)) note(sqlite3_bind_null(to, place));
  }
  void copied(std::string_view x) {
    passing();
    note(sqlite3_bind_text64(to, place, x.data(), x.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  }
  void viewed(std::string_view x) {
    passing();
    note(sqlite3_bind_text64(to, place, x.data(), x.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void letters(std::string_view x) {
    if (changes(kind::letters, reinterpret_cast<std::intptr_t>(x.data())))
      note(sqlite3_bind_text64(to, place, x.data(), x.size(), SQLITE_STATIC, SQLITE_UTF8));
  }

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
  void real(std::string_view, double x) {
    if (changes(kind::real, std::bit_cast<std::int64_t>(x))) note(sqlite3_bind_double(to, place, x));
  }
  void ranked(core::priority x) {
    if (!changes(kind::rank, x)) return;
    const auto text = sql::rank_text(x);
    note(sqlite3_bind_text64(to, place, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  }
};

} // namespace logos::storage::sqlite
