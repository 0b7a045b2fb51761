// SPDX-License-Identifier: MIT
#pragma once
#include "commands/data_dir.hpp"
#include "commands/sole.hpp"
#include "config/settings.hpp"
#include "core/secret.hpp"
#include "storage/open.hpp"

#include <boost/system/result.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::commands {

/// The file in DATA_DIR that keeps the root key.
inline constexpr std::string_view root_key_file = "root.key";

struct root_keys {
  bool any = false;  // somebody is root
  bool kept = false; // with the key in DATA_DIR/root.key
};

/// What a node stands on before its first actor: its directory, its secret, a database in order, the root key.
struct installation {
  data_dir directory;
  core::secret_key secret;
  storage::store_options store;
  std::string node;
  std::optional<std::string> new_root_key; // made at this start: shown once
  root_keys roots;
  storage::catalog_data catalog;             // as it was when all was in order
  std::optional<data_dir> database_folder{}; // if SQLite's file lies elsewhere
  std::unique_ptr<sole_claim> sole{};        // if the database is one that others can reach
};

/// Puts it in order: locks DATA_DIR, finds or makes the secret key, migrates, makes or replaces the root key, brings
/// the configuration's providers, models and policies into the database. Blocks; a database that is away is waited for
/// up to a minute, saying so. `say` gets a line of progress each.
boost::system::result<installation, core::failure> prepare(const config::settings& s, const std::string& config_file,
                                                           const std::function<void(const std::string&)>& say);

/// The store's options for these settings.
storage::store_options store_options_of(const config::settings& s);
/// The secret key: the setting, else DATA_DIR/secret.key, made if it is not there.
boost::system::result<core::secret_key, core::failure> find_secret(const config::settings& s,
                                                                   const data_dir& directory);
/// The name of this node: the cluster's setting, else `local`.
std::string node_name(const config::settings& s);
/// Brings what the file declares into the database; returns warnings.
storage::result<std::vector<std::string>> sync(storage::store& store, const config::settings& s,
                                               const std::string& file);

} // namespace logos::commands
