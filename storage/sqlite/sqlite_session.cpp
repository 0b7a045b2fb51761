// SPDX-License-Identifier: MIT
#include "storage/sqlite/sqlite_session.hpp"

#include <sqlite3.h>

#include <chrono>
#include <thread>

namespace logos::storage::sqlite {
namespace {

/// SQLite numbers `?n` as we do `$n`; its own `$n` would be names.
std::string with_question_marks(std::string text) {
  bool quoted = false;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '\'') quoted = !quoted;
    if (!quoted && text[i] == '$' && text[i + 1] >= '1' && text[i + 1] <= '9') text[i] = '?';
  }
  return text;
}

int bind(sqlite3_stmt* to, int place, const sql::value& x) {
  if (const auto* number = std::get_if<std::int64_t>(&x)) return sqlite3_bind_int64(to, place, *number);
  if (const auto* real = std::get_if<double>(&x)) return sqlite3_bind_double(to, place, *real);
  if (const auto* text = std::get_if<std::string_view>(&x))
    // An empty view may have no address, which SQLite would take for NULL.
    return sqlite3_bind_text64(to, place, text->empty() ? "" : text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  return sqlite3_bind_null(to, place);
}

/// What must be set before SQLite is first used: it counts no memory, which takes a lock for each allocation.
void configure_library() {
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(done);
}

struct resetter {
  sqlite3_stmt* of;
  ~resetter() {
    sqlite3_reset(of);
    sqlite3_clear_bindings(of);
  }
};

} // namespace

void closer::operator()(sqlite3* connection) const noexcept { sqlite3_close_v2(connection); }
void closer::operator()(sqlite3_stmt* prepared) const noexcept { sqlite3_finalize(prepared); }

sqlite_session::sqlite_session(std::filesystem::path file, std::chrono::milliseconds busy_timeout)
    : file_{std::move(file)},
      busy_timeout_{busy_timeout} {}

core::failure sqlite_session::error(int code) const {
  const std::string words = connection_ ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code);
  const int extended = connection_ ? sqlite3_extended_errcode(connection_.get()) : code;
  // The name alone: readiness shows the message to everybody.
  const auto message = file_.filename().string() + ": " + words;
  if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY)
    return {core::ec::conflict, message};
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
  case SQLITE_FULL:
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
  case SQLITE_READONLY:
  case SQLITE_NOMEM:
  case SQLITE_PROTOCOL: return {core::ec::storage_away, message};
  case SQLITE_CONSTRAINT:
  case SQLITE_MISMATCH:
  case SQLITE_TOOBIG: return {core::ec::bad_field, message};
  default: return {core::ec::internal, message};
  }
}

result<void> sqlite_session::connect() {
  if (connection_) return {};
  configure_library();
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file_.c_str(), &opened,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  connection_.reset(opened);
  const auto refuse = [this](int why) {
    auto failure = error(why);
    connection_.reset();
    return failure;
  };
  if (code != SQLITE_OK) return refuse(code);
  sqlite3_busy_timeout(opened, static_cast<int>(busy_timeout_.count()));
  // Large pages: a batch of rows is then written, and copied from the log to the file, by fewer calls.
  constexpr auto settings =
      "pragma page_size = 16384; pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;"
      "pragma temp_store = memory; pragma cache_size = -16000; pragma wal_autocheckpoint = 2000";
  // The change to a write-ahead log does not wait for others by itself, and at a first start there may be some.
  const auto patience = std::chrono::steady_clock::now() + busy_timeout_;
  int set = sqlite3_exec(opened, settings, nullptr, nullptr, nullptr);
  while (set == SQLITE_BUSY && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    set = sqlite3_exec(opened, settings, nullptr, nullptr, nullptr);
  }
  if (set != SQLITE_OK) return refuse(set);
  return {};
}

result<sqlite3_stmt*> sqlite_session::prepared(const std::string& text) {
  if (auto connected = connect(); !connected) return connected.error();
  if (auto known = statements_.find(text); known != statements_.end()) return known->second.get();
  const auto translated = with_question_marks(text);
  sqlite3_stmt* made = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), translated.data(), static_cast<int>(translated.size()),
                                      SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  if (code != SQLITE_OK) return error(code);
  statements_.emplace(text, statement{made});
  return made;
}

result<sql::rows> sqlite_session::run(const std::string& text, std::span<const sql::value> parameters) {
  auto found = prepared(text);
  if (!found) return found.error();
  auto* const at = *found;
  const resetter reset{at};
  int place = 0;
  for (const auto& x : parameters)
    if (const int code = bind(at, ++place, x); code != SQLITE_OK) return error(code);
  sql::rows answer;
  for (;;) {
    const int code = sqlite3_step(at);
    if (code == SQLITE_DONE) break;
    if (code != SQLITE_ROW) return error(code);
    auto& row = answer.cells.emplace_back();
    const int columns = sqlite3_column_count(at);
    row.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) {
      const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(at, i));
      if (bytes == nullptr)
        row.emplace_back();
      else
        row.emplace_back(std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(at, i))));
    }
  }
  answer.affected = static_cast<std::size_t>(sqlite3_changes64(connection_.get()));
  return answer;
}

result<void> sqlite_session::script(const std::string& statements) {
  if (auto connected = connect(); !connected) return connected.error();
  const int code = sqlite3_exec(connection_.get(), statements.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return {};
}

result<void> sqlite_session::begin(sql::intent why) {
  return script(why == sql::intent::write ? "begin immediate" : "begin");
}

result<void> sqlite_session::commit() { return script("commit"); }

void sqlite_session::rollback() noexcept {
  if (connection_ && sqlite3_get_autocommit(connection_.get()) == 0)
    sqlite3_exec(connection_.get(), "rollback", nullptr, nullptr, nullptr);
}

} // namespace logos::storage::sqlite
