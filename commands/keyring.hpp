// SPDX-License-Identifier: MIT
#pragma once
#include "core/secret.hpp"
#include "core/time.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace logos::commands {

/// What a key is, as it was typed; what is not there stays as it is.
struct key_terms {
  std::optional<std::string> name;
  std::optional<std::string> log;
  std::optional<std::string> priority;
  std::optional<std::int64_t> weight;
  std::optional<std::string> user;     // by username; empty: nobody's
  std::optional<std::string> service;  // by name; empty: none's
  std::optional<std::string> settings; // a JSON object in place of what it was
  std::optional<std::string> expires;  // a time, or a duration from now; empty: never
  // The scope; empty lists narrow nothing.
  std::optional<std::vector<std::string>> only_models;
  std::optional<std::vector<std::string>> only_endpoints;
  std::optional<std::vector<std::string>> only_addresses;
  bool operator==(const key_terms&) const = default;
};

/// What becomes of the models that a profile permits, by name; `*`: every one.
struct key_models {
  std::vector<std::string> permitted;
  std::vector<std::string> withdrawn;
  std::int64_t profile = 0; // 0: the first
};

/// What the `logos key` commands do in the database, saying on standard output what they have done.
class keyring {
public:
  /// Both outlive it.
  keyring(storage::store& store, const core::secret_key& secret, core::wall_time now)
      : store_{store},
        secret_{secret},
        now_{now} {}

  /// Makes nothing unless all of it can be made. `terms` has a name.
  storage::result<void> make(const key_terms& terms, const std::vector<std::string>& models);
  storage::result<void> list(bool as_json);
  storage::result<void> show(std::int64_t id, bool as_json);
  /// Changes nothing unless all of it can be changed.
  storage::result<void> change(std::int64_t id, const key_terms& terms, const key_models& models);
  storage::result<void> rotate(std::int64_t id, std::chrono::milliseconds grace);
  storage::result<void> revoke(std::int64_t id);

private:
  storage::store& store_;
  const core::secret_key& secret_;
  core::wall_time now_;
};

} // namespace logos::commands
