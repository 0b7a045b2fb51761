// SPDX-License-Identifier: MIT
#pragma once
#include "storage/sql/session.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace logos::storage::sqlite {

struct closer {
  void operator()(sqlite3* connection) const noexcept;
  void operator()(sqlite3_stmt* prepared) const noexcept;
};
using statement = std::unique_ptr<sqlite3_stmt, closer>;

/// A connection to a SQLite file, in WAL mode. Others may have the same file open.
class sqlite_session final : public sql::session {
public:
  explicit sqlite_session(std::filesystem::path file, std::chrono::milliseconds busy_timeout);

  using session::run;
  result<sql::rows> run(const std::string& text, std::span<const sql::value> parameters) override;
  result<void> script(const std::string& statements) override;
  result<void> begin(sql::intent why) override;
  result<void> commit() override;
  void rollback() noexcept override;

  /// For the batch insert, which binds without an intermediate form. The statement stays owned by the session.
  result<sqlite3_stmt*> prepared(const std::string& text);
  /// What the last call's `code` means.
  core::failure error(int code) const;

private:
  result<void> connect();

  std::filesystem::path file_;
  std::chrono::milliseconds busy_timeout_;
  std::unique_ptr<sqlite3, closer> connection_;
  std::unordered_map<std::string, statement> statements_;
};

} // namespace logos::storage::sqlite
