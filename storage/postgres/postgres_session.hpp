// SPDX-License-Identifier: MIT
#pragma once
#include "storage/sql/session.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace logos::storage::postgres {

/// What a connection is made with.
struct connection_options {
  std::string url;
  std::chrono::milliseconds connect_timeout;
  std::chrono::milliseconds statement_timeout;
};

/// A connection to PostgreSQL. After an error that lost it, the next call outside a transaction makes a new one.
class postgres_session final : public sql::session {
public:
  explicit postgres_session(const connection_options& options);
  ~postgres_session() override;

  using session::run;
  result<sql::rows> run(const std::string& text, std::span<const sql::value> parameters) override;
  /// With every parameter as text.
  result<sql::rows> run_texts(const std::string& text, std::span<const std::string> parameters);
  result<void> script(const std::string& statements) override;
  result<void> begin(sql::intent why) override;
  result<void> commit() override;
  void rollback() noexcept override;

private:
  struct connection;
  template <class Work>
  auto guarded(Work&& work) -> decltype(work());
  template <class Parameters>
  result<sql::rows> execute(const std::string& text, const Parameters& parameters);
  void connect();

  std::string url_;
  std::unique_ptr<connection> connection_;
};

} // namespace logos::storage::postgres
