// SPDX-License-Identifier: MIT
#pragma once
#include "config/load.hpp"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace logos::commands {

/// Where a command finds its configuration: options that several commands share.
struct configuration_options {
  std::string config; // empty: $LOGOS_CONFIG, else logos.yaml if it is here
  std::string listen;
  std::string data_dir;
  bool demo = false;

  void add_to(CLI::App& command, bool serving);
  /// The file that counts, if any.
  std::optional<std::string> file() const;
  config::loaded load() const;
};

/// Loads, prints problems and warnings to stderr; nothing when there are errors (exit 2).
std::optional<config::settings> load_or_explain(const configuration_options& options);

} // namespace logos::commands
