// SPDX-License-Identifier: MIT
#pragma once
#include "core/secret.hpp"
#include "core/time.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace logos::commands {

/// What `logos key make` is told, as it was typed.
struct key_wishes {
  std::string name;
  std::vector<std::string> models; // permitted; `*`: every one
  std::string user;                // by username; empty: nobody's
  std::string service;             // by name; empty: none's
  std::string log = "BILLING";
  std::string expires; // a time, or a duration from now; empty: never
  std::vector<std::string> only_models;
  std::vector<std::string> only_endpoints;
  std::vector<std::string> only_addresses;
};

/// What the `logos key` commands do in the database, saying on standard output what they have done.
class keyring {
public:
  /// Both outlive it.
  keyring(storage::store& store, const core::secret_key& secret, core::wall_time now)
      : store_{store},
        secret_{secret},
        now_{now} {}

  /// Makes nothing unless all of it can be made.
  storage::result<void> make(const key_wishes& wishes);
  storage::result<void> list();
  storage::result<void> rotate(std::int64_t id, std::chrono::milliseconds grace);
  storage::result<void> revoke(std::int64_t id);

private:
  storage::store& store_;
  const core::secret_key& secret_;
  core::wall_time now_;
};

} // namespace logos::commands
