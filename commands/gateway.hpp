// SPDX-License-Identifier: MIT
#pragma once
#include "actors/recording/figures.hpp"
#include "actors/system.hpp"
#include "commands/installation.hpp"
#include "commands/io_place.hpp"
#include "commands/staff.hpp"
#include "config/settings.hpp"
#include "net/server.hpp"
#include "storage/journal/journal.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace logos::commands {

/// A running node: every room, wired. The one place that knows them all. Made, reloaded and stopped by one thread.
class gateway {
public:
  /// Starts everything; when it returns, requests are served. `fatal` is called, from any thread, when the node must
  /// end.
  static boost::system::result<std::unique_ptr<gateway>, core::failure>
  start(config::settings settings, std::string config_file, const std::function<void(const std::string&)>& say,
        std::function<void(const std::string&)> fatal);
  /// Stops, without waiting for anybody.
  ~gateway();

  std::uint16_t port() const { return server_->port(); }
  /// Made at this start, to be shown once.
  const std::optional<std::string>& new_root_key() const { return installed_.new_root_key; }
  const config::settings& settings() const { return settings_; }
  /// The database at the start, and the root keys that are in it.
  const storage::catalog_data& catalog() const { return installed_.catalog; }
  const root_keys& roots() const { return installed_.roots; }

  /// Takes over what may change while running; returns what to tell the operator.
  std::vector<std::string> reload(const config::settings& fresh);
  /// Stops accepting, lets what runs end for at most `limit`, writes everything down, ends. True: nothing was cut off.
  bool stop(std::chrono::milliseconds limit);

private:
  gateway(config::settings settings, std::string config_file, installation installed);
  boost::system::result<void, core::failure> open(const std::function<void(const std::string&)>& say,
                                                  std::function<void(const std::string&)> fatal);
  /// A writer of the journal for each of `threads`. What the last run has left there may have taken all the room: then
  /// that goes into the database first.
  boost::system::result<std::vector<storage::journal_writer*>, core::failure>
  find_writers(unsigned threads, const std::function<void(const std::string&)>& say);
  /// Why what the last run has left in the journal is not in the database; empty: it is.
  std::string write_former_rows();

  config::settings settings_;
  std::string config_file_;
  installation installed_;
  recording::figures figures_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<storage::journal> journal_;
  std::unique_ptr<net::server> server_;
  std::shared_ptr<execution::visitors> visitors_;
  std::shared_ptr<execution::wrong_keys> wrong_keys_;
  std::vector<std::unique_ptr<io_place>> places_; // outlive the actors
  actors::system_config caf_settings_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<staff> staff_;
  bool stopped_ = false;
};

} // namespace logos::commands
