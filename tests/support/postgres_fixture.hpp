// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>

namespace logos::test {

/// A PostgreSQL of this test program's own: a fresh cluster in a temporary folder, reached by a socket in it, without
/// fsync. It ends with the program, also when that is killed.
class postgres_server {
public:
  /// The program's one server, started at the first call. Throws std::runtime_error with what to install when it
  /// cannot.
  static postgres_server& instance();
  ~postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  /// A new empty database; returns its URL.
  std::string new_database();
  /// Stops at once, as a crash would, and comes back with the same data.
  void stop();
  void start();
  /// Runs SQL through psql in `database` (a name or a URL) and returns what it prints, unaligned, without headers.
  std::string query(const std::string& database, const std::string& sql);
  /// Ends every other connection of the server.
  void disconnect_all();

private:
  postgres_server();
  std::string run_as_owner(const std::string& command) const;

  std::filesystem::path binaries_;
  std::filesystem::path folder_;
  bool as_postgres_ = false; // the program is root, which PostgreSQL refuses to be
  bool running_ = false;
  int databases_ = 0;
};

} // namespace logos::test
