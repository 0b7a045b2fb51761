// SPDX-License-Identifier: MIT
#include "commands/serve.hpp"

#include "commands/configuration.hpp"
#include "commands/demo.hpp"
#include "commands/first_steps.hpp"
#include "commands/gateway.hpp"
#include "commands/version.hpp"
#include "config/reload.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

namespace logos::commands {
namespace {

using core::ec;

spdlog::level::level_enum level_of(core::severity s) {
  switch (s) {
  case core::severity::debug: return spdlog::level::debug;
  case core::severity::warning: return spdlog::level::warn;
  case core::severity::error: return spdlog::level::err;
  case core::severity::info: break;
  }
  return spdlog::level::info;
}

/// One run of `logos serve`: the gateway and the signals that steer it. Main thread.
class run {
public:
  /// A reload reads the file that the start found: without this, a `./logos.yaml` that is missing for a moment would be
  /// a configuration without providers.
  explicit run(configuration_options options) : options_{std::move(options)} {
    if (auto found = options_.file()) options_.config = std::move(*found);
  }

  int start_and_wait();

private:
  std::optional<config::settings> load();
  void show_how_to_begin() const;
  void await_signal();
  void reload();
  void stop();

  configuration_options options_;
  std::optional<demo_fleet> fleet_;
  std::unique_ptr<gateway> node_;
  boost::asio::io_context context_;
  boost::asio::signal_set signals_{context_, SIGTERM, SIGINT, SIGHUP};
  int exit_code_ = 0;
};

std::optional<config::settings> run::load() {
  auto settings = load_or_explain(options_);
  if (!settings || !settings->demo || !settings->providers.empty()) return settings;
  if (!fleet_) {
    auto fleet = demo_fleet::start();
    if (!fleet) {
      std::cerr << fleet.error().message << '\n';
      return std::nullopt;
    }
    fleet_ = std::move(*fleet);
  }
  fleet_->declare(*settings);
  return settings;
}

/// What stands in the way at the start is the operator's to mend (2), except what is nobody's choice (1).
int exit_code_for(ec code) { return code == ec::bad_field || code == ec::conflict || code == ec::internal ? 2 : 1; }

int run::start_and_wait() {
  spdlog::set_default_logger(spdlog::stderr_color_mt("logos"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %^%l%$ %v");
  std::signal(SIGPIPE, SIG_IGN);
  auto settings = load();
  if (!settings) return 2;
  spdlog::set_level(level_of(settings->log.level));
  const auto fatal = [this](const std::string& why) {
    spdlog::error("This node must end: {}", why);
    boost::asio::post(context_, [this] {
      exit_code_ = 1;
      stop();
    });
  };
  await_signal();
  const auto say = [this](const std::string& line) {
    spdlog::info("{}", line);
    context_.poll(); // whoever waits for a database can be stopped
  };
  auto node = gateway::start(std::move(*settings), options_.file().value_or(""), say, fatal);
  if (!node) {
    std::cerr << "logos serve: " << node.error().message << '\n';
    return exit_code_for(node.error().code);
  }
  node_ = std::move(*node);
  show_how_to_begin();
  context_.restart(); // polled until now
  context_.run();
  return exit_code_;
}

void run::show_how_to_begin() const {
  const auto& s = node_->settings();
  const std::string host = s.listen.host == "0.0.0.0" || s.listen.host == "::" ? "127.0.0.1" : s.listen.host;
  const auto base = (s.tls ? "https://" : "http://") + core::endpoint{host, node_->port()}.str();
  std::cout << "Logos " << version_text() << " serves at " << base << '\n';
  if (const auto& made = node_->new_root_key())
    std::cout << "Root key, shown this once (kept in " << (std::filesystem::path{s.data_dir} / root_key_file).string()
              << "): " << *made << '\n';
  std::cout << to_string(first_steps{base, s.data_dir, options_.config, node_->roots(), node_->catalog()});
  std::cout << std::flush;
}

void run::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal != SIGHUP) return stop();
    if (node_) reload();
    await_signal();
  });
}

void run::reload() {
  auto fresh = load();
  if (!fresh) {
    spdlog::error("Reload: the new configuration is not usable, the old one stays in force.");
    return;
  }
  for (const auto& key : config::changes_needing_restart(node_->settings(), *fresh))
    spdlog::warn("Reload: '{}' has changed and takes effect at the next start.", key);
  for (const auto& line : node_->reload(*fresh))
    spdlog::warn("Reload: {}", line);
  spdlog::set_level(level_of(fresh->log.level));
  spdlog::info("Reload: done.");
}

void run::stop() {
  if (!node_) {
    spdlog::info("Stopping before the start was complete.");
    std::_Exit(exit_code_); // nothing has been served, so nothing is to be flushed
  }
  spdlog::info("Stopping: running requests have {} s to end.", node_->settings().limits.drain.count() / 1000);
  if (!node_->stop(node_->settings().limits.drain)) spdlog::warn("Some requests were cut off.");
  node_.reset();
  context_.stop();
}

} // namespace

void add_serve(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("serve", "Run the gateway");
  const auto options = std::make_shared<configuration_options>();
  options->add_to(*command, true);
  command->callback([options, &exit_code] { exit_code = run{*options}.start_and_wait(); });
}

} // namespace logos::commands
