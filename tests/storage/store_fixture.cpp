// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include "tests/support/postgres_fixture.hpp"
#include "tests/support/quick_place.hpp"

#include <sqlite3.h>

#include <cstdlib>

/// libpqxx 6.4 loses a result each time that a connection breaks under it.
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx"; }

namespace logos::test {
namespace {

constexpr std::string_view sqlite_name = "logos.db";

storage::store_options migrated(storage::store_options options) {
  take(take(storage::open_store(options, secret()))->migrate());
  return options;
}

// Databases with the schema, made once per program. Tests get copies, which is several times as fast as migrating.

const std::string& migrated_postgres() {
  static const temporary_folder folder;
  static const auto options =
      migrated({.storage = postgres_server::instance().new_database(), .data_dir = folder.path()});
  return options.storage;
}

const std::filesystem::path& migrated_sqlite() {
  static const temporary_folder folder;
  static const auto file = migrated({.data_dir = folder.path()}).data_dir / sqlite_name;
  return file;
}

} // namespace

store_fixture::store_fixture(database kind) : folder_{quick_place()} {
  options_.data_dir = folder_.path();
  if (kind == database::postgres) options_.storage = postgres_server::instance().new_database(migrated_postgres());
  if (kind == database::sqlite) std::filesystem::copy_file(migrated_sqlite(), folder_ / sqlite_name);
  store_ = open();
  take(store_->migrate());
}

store_fixture::~store_fixture() {
  if (options_.storage != "sqlite") postgres_server::instance().drop(options_.storage);
}

std::unique_ptr<storage::store> store_fixture::open(const core::secret_key& key) {
  return take(storage::open_store(options_, key));
}

std::string store_fixture::query(const std::string& sql) {
  if (options_.storage != "sqlite") return postgres_server::instance().query(options_.storage, sql);
  sqlite3* connection = nullptr;
  sqlite3_open((folder_ / sqlite_name).c_str(), &connection);
  sqlite3_busy_timeout(connection, 5000);
  std::string lines;
  char* error = nullptr;
  sqlite3_exec(
      connection, sql.c_str(),
      [](void* to, int columns, char** values, char**) {
        auto& text = *static_cast<std::string*>(to);
        if (!text.empty()) text += '\n';
        for (int i = 0; i < columns; ++i)
          text += std::string{i ? "|" : ""} + (values[i] ? values[i] : "");
        return 0;
      },
      &lines, &error);
  const std::string failed = error ? error : "";
  sqlite3_free(error);
  sqlite3_close(connection);
  if (!failed.empty()) throw std::runtime_error{failed};
  return lines;
}

std::string name_of(const testing::TestParamInfo<database>& info) {
  return info.param == database::sqlite ? "sqlite" : "postgres";
}

storage::finished sample_row(std::uint64_t n) {
  storage::finished row;
  row.timestamp_request =
      core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}} + std::chrono::milliseconds{n};
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(row.timestamp_request.time_since_epoch()).count();
  row.request_id = core::uuid::from_halves((static_cast<std::uint64_t>(ms) << 16) | 0x7000, 0x8000000000000000u | n);
  row.timestamp_forwarding = row.timestamp_request + std::chrono::microseconds{1234};
  row.time_at_first_token = row.timestamp_request + std::chrono::milliseconds{20};
  row.timestamp_response = row.timestamp_request + std::chrono::milliseconds{90};
  row.ids = {1, 2, 0, 4, 5, 6};
  row.usage.prompt_tokens = 10;
  row.usage.completion_tokens = 5;
  row.usage.total_tokens = 15;
  row.usage_source = core::usage_source::provider;
  row.queue_wait_us = 1500;
  row.http_status = 200;
  row.attempts = 1;
  row.priority_when_scheduled = core::priority_mid;
  row.path = "/v1/chat/completions";
  row.node = "node-a";
  row.decision = "named";
  return row;
}

} // namespace logos::test
