// SPDX-License-Identifier: MIT
#pragma once
#include "tests/support/temporary_folder.hpp"

#include <string>
#include <vector>

namespace logos::test {

/// A PostgreSQL of this test program's own: a fresh cluster in a temporary folder, in memory where there is room,
/// reached by a socket in it, without fsync. It ends with the program, also when that is killed.
class postgres_server {
public:
  /// The program's one server, started at the first call. Throws std::runtime_error with what to install when it
  /// cannot.
  static postgres_server& instance();
  ~postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  /// A new database, empty or a copy of the one at that URL, to which nobody may be connected; returns its URL.
  std::string new_database(const std::string& copy_of = {});
  /// Nobody needs the database at that URL any more. It goes when the next one is made, whoever is connected to it.
  void drop(const std::string& url);
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
  /// Each statement in a transaction of its own, all by one psql.
  std::string query_each(const std::string& database, const std::vector<std::string>& statements);
  std::string url_of(const std::string& name) const;

  std::filesystem::path binaries_;
  temporary_folder folder_;
  bool as_postgres_ = false; // the program is root, which PostgreSQL refuses to be
  bool running_ = false;
  int databases_ = 0;
  std::vector<std::string> dropped_; // their names
};

} // namespace logos::test
