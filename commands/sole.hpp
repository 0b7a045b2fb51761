// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/lease.hpp"
#include "cluster/sole.hpp"
#include "commands/data_dir.hpp"
#include "config/settings.hpp"
#include "core/secret.hpp"
#include "storage/open.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace logos::commands {

/// The right of a gateway to work on its database alone. Whoever holds it renews it (cluster/lone).
class sole_claim {
public:
  sole_claim(storage::store_options options, core::secret_key secret, std::string incarnation,
             cluster::sole_gateway about, std::shared_ptr<scheduling::lease> right)
      : options_{std::move(options)},
        secret_{std::move(secret)},
        incarnation_{std::move(incarnation)},
        about_{std::move(about)},
        right_{std::move(right)} {}
  /// Gives it back, so that a successor need not wait; blocks for some seconds at most.
  ~sole_claim();
  sole_claim(const sole_claim&) = delete;
  sole_claim& operator=(const sole_claim&) = delete;

  const std::string& incarnation() const { return incarnation_; }
  const cluster::sole_gateway& about() const { return about_; }
  const std::shared_ptr<scheduling::lease>& right() const { return right_; }

private:
  storage::store_options options_;
  core::secret_key secret_;
  std::string incarnation_;
  cluster::sole_gateway about_;
  std::shared_ptr<scheduling::lease> right_;
};

/// Sees to it that no two gateways that do not know of each other work on one database. One that stands alone gets the
/// right to do so; null for a node of a cluster, and with SQLite, whose folder is locked. Blocks while a predecessor
/// drains, and while it is not known whether one still runs that has fallen silent, saying so. `conflict` names who is
/// there.
boost::system::result<std::unique_ptr<sole_claim>, core::failure>
claim_database(storage::store& store, const config::settings& s, const data_dir& directory,
               const core::secret_key& secret, const std::function<void(const std::string&)>& say);

/// The folder in which SQLite's file really lies, locked, if `logos.db` in DATA_DIR is a link to somewhere else: two
/// gateways may have linked the same one. `conflict` names the process that has it.
boost::system::result<std::optional<data_dir>, core::failure> lock_linked_database(const config::settings& s);

} // namespace logos::commands
