// SPDX-License-Identifier: MIT
#include "commands/configuration.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace logos::commands {

void configuration_options::add_to(CLI::App& command, bool serving) {
  command.add_option("--config", config, "Configuration file (default: $LOGOS_CONFIG, else ./logos.yaml if it exists)");
  command.add_option("--data-dir", data_dir, "Directory of the database, the journal and the keys (default: ./data)");
  if (!serving) return;
  command.add_option("--listen", listen, "HOST:PORT (default: 0.0.0.0:8080)");
  command.add_flag("--demo", demo, "With no provider configured, start a simulated fleet");
}

std::optional<std::string> configuration_options::file() const {
  if (!config.empty()) return config;
  if (const char* named = std::getenv("LOGOS_CONFIG"); named != nullptr && *named != '\0') return named;
  if (std::filesystem::exists("logos.yaml")) return "logos.yaml";
  return std::nullopt;
}

config::loaded configuration_options::load() const {
  config::flags given;
  if (!listen.empty()) given["listen"] = listen;
  if (!data_dir.empty()) given["data_dir"] = data_dir;
  if (demo) given["demo"] = "true";
  const auto path = file();
  return config::read_settings(path ? std::optional<std::filesystem::path>{*path} : std::nullopt,
                               config::process_environment(), given);
}

std::optional<config::settings> load_or_explain(const configuration_options& options) {
  auto loaded = options.load();
  std::cerr << config::to_string(loaded.problems);
  if (loaded.value) return std::move(*loaded.value);
  std::cerr << "The configuration is not usable; nothing was started.\n";
  return std::nullopt;
}

} // namespace logos::commands
