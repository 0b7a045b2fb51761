// SPDX-License-Identifier: MIT
#include "tests/support/postgres_fixture.hpp"

#include "tests/support/quick_place.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace logos::test {
namespace {

std::filesystem::path newest_binaries() {
  std::vector<std::pair<int, std::filesystem::path>> found;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator{"/usr/lib/postgresql", none})
    if (std::filesystem::exists(entry.path() / "bin" / "initdb"))
      found.emplace_back(std::atoi(entry.path().filename().c_str()), entry.path() / "bin");
  if (found.empty())
    throw std::runtime_error{"PostgreSQL is not installed: apt-get install postgresql (./test does it)"};
  return std::max_element(found.begin(), found.end())->second;
}

std::string name_in(const std::string& url) {
  const auto begin = url.rfind('/', url.find('?')) + 1;
  return url.substr(begin, url.find('?') - begin);
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

std::string output_of(const std::string& command) {
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error{"cannot run " + command};
  std::string output;
  std::array<char, 4096> buffer;
  while (const auto n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), n);
  if (const int status = pclose(pipe); status != 0)
    throw std::runtime_error{command + " ended with " + std::to_string(status) + ": " + output};
  while (!output.empty() && output.back() == '\n')
    output.pop_back();
  return output;
}

} // namespace

postgres_server& postgres_server::instance() {
  static postgres_server one;
  return one;
}

std::string postgres_server::run_as_owner(const std::string& command) const {
  // A folder that everybody may enter: the owner may not be allowed into the caller's.
  const auto there = "cd " + quoted(folder_.path().string()) + " && " + command;
  return output_of(as_postgres_ ? "runuser -u postgres -- sh -c " + quoted(there) : there);
}

postgres_server::postgres_server()
    : binaries_{newest_binaries()},
      folder_{quick_place()},
      as_postgres_{geteuid() == 0} {
  if (as_postgres_) output_of("chown postgres " + quoted(folder_.path().string()));
  run_as_owner(quoted((binaries_ / "initdb").string()) + " -D data -U logos -A trust -E UTF8 --locale=C --no-sync");
  start();
  // Nothing else ends the server when a test is killed before its destructors run.
  // In a session of its own, because whoever kills the test may kill its whole process group.
  const auto guard = "while test -d /proc/" + std::to_string(getpid()) + "; do sleep 1; done; " +
                     quoted((binaries_ / "pg_ctl").string()) + " -D data -m immediate stop; rm -rf " +
                     quoted(folder_.path().string());
  run_as_owner("setsid sh -c " + quoted(guard) + " >/dev/null 2>&1 </dev/null &");
}

postgres_server::~postgres_server() {
  try {
    stop();
  } catch (const std::exception&) {
  }
}

void postgres_server::start() {
  if (running_) return;
  run_as_owner(quoted((binaries_ / "pg_ctl").string()) + " -D data -w -t 60 -l log -o " +
               quoted("-F -c listen_addresses= -c unix_socket_directories=" + folder_.path().string() +
                      " -c max_connections=60 -c shared_buffers=64MB -c max_wal_size=128MB") +
               " start >/dev/null </dev/null");
  running_ = true;
}

void postgres_server::stop() {
  if (!running_) return;
  run_as_owner(quoted((binaries_ / "pg_ctl").string()) + " -D data -w -m immediate stop >/dev/null </dev/null");
  running_ = false;
}

std::string postgres_server::query(const std::string& database, const std::string& sql) {
  return query_each(database, {sql});
}

std::string postgres_server::query_each(const std::string& database, const std::vector<std::string>& statements) {
  auto command = quoted((binaries_ / "psql").string()) + " -X -q -A -t -v ON_ERROR_STOP=1 " +
                 quoted(database.find("://") == database.npos ? url_of(database) : database);
  for (const auto& sql : statements)
    command += " -c " + quoted(sql);
  return output_of(command);
}

std::string postgres_server::url_of(const std::string& name) const {
  return "postgresql://logos@/" + name + "?host=" + folder_.path().string();
}

std::string postgres_server::new_database(const std::string& copy_of) {
  const auto name = "test" + std::to_string(getpid()) + "_" + std::to_string(++databases_);
  std::vector<std::string> statements;
  for (const auto& gone : std::exchange(dropped_, {}))
    statements.push_back("drop database if exists " + gone + " with (force)");
  statements.push_back("create database " + name + (copy_of.empty() ? "" : " template " + name_in(copy_of)));
  query_each("postgres", statements);
  return url_of(name);
}

void postgres_server::drop(const std::string& url) { dropped_.push_back(name_in(url)); }

void postgres_server::disconnect_all() {
  query("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                    " and backend_type = 'client backend'");
}

} // namespace logos::test
