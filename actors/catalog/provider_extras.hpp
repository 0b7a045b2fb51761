// SPDX-License-Identifier: MIT
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace logos::catalog {

/// What logos.yaml says about a provider and the database has no column for: kept in its `settings`.
struct provider_extras {
  std::string api_version; // Azure
  std::string ca_file;     // PEM file that verifies the provider's certificate; empty: the system's
  bool verify = true;      // of the certificate
  /// Whether requests with a client's own key may go there; not said: as its type takes keys, see passages.hpp.
  std::optional<bool> passthrough{};
};

/// Reads a provider's `settings`; what is not there or not JSON keeps its default.
provider_extras read_extras(std::string_view settings);
/// The `settings` that say this: a JSON object, empty when all are defaults. Unknown members of `settings` are lost.
std::string write_extras(const provider_extras& extras);

} // namespace logos::catalog
