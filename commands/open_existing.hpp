// SPDX-License-Identifier: MIT
#pragma once
#include "config/settings.hpp"
#include "core/secret.hpp"
#include "storage/store.hpp"

#include <memory>
#include <string>

namespace logos::commands {

/// The database of a gateway that was started once, with its secret key.
struct existing {
  std::unique_ptr<storage::store> store;
  core::secret_key secret;
};

/// The secret key of the setting, else of DATA_DIR/secret.key; empty when there is none yet.
std::string known_secret(const config::settings& s);

/// Makes nothing: the secret key is the setting's or DATA_DIR/secret.key, and must be the one that the database belongs
/// to.
storage::result<existing> open_existing(const config::settings& s);

} // namespace logos::commands
