// SPDX-License-Identifier: MIT
#include "actors/accounting/ledger.hpp"
#include "actors/recording/registry.hpp"
#include "cluster/teller.hpp"
#include "commands/staff_desk.hpp"

/// Who counts money, and the right to.
namespace logos::commands {
namespace {

constexpr std::chrono::milliseconds heartbeat_connect{1000};
constexpr std::chrono::milliseconds heartbeat_statement{2000};

} // namespace

void staff::hire_ledger() {
  const auto known = desk_;
  if (parts_.installed.sole) accounts_.sole = parts_.installed.sole->right();
  supervise<actors::ledger_actor>(
      "ledger",
      [this](std::uint32_t n) {
        return actors::spawn<accounting::ledger_state>(parts_.system, who("ledger", "ledger", n), accounts_,
                                                       core::system_clock());
      },
      [this, known](const actors::ledger_actor& h) {
        known->set(&handles::ledger, h);
        if (const auto catalog = known->find(&handles::catalog))
          caf::anon_send(catalog, atom::subscribe_v, actors::follower_actor{h});
        tell_places([h](execution::workplace& at) { at.follow(h); });
      });
}

void staff::hire_teller() {
  const auto known = desk_;
  cluster::teller_state::parts own;
  own.node = parts_.installed.node;
  own.find_storage = [known] { return known->find(&handles::storage); };
  own.kept->coming = accounts_.kept->coming;
  supervise<actors::teller_actor>(
      "teller",
      [this, own](std::uint32_t n) {
        return actors::spawn<cluster::teller_state>(parts_.system, who("teller", "teller", n), own);
      },
      [this, known](const actors::teller_actor& h) {
        known->set(&handles::teller, h);
        known->set(&handles::ledger, actors::ledger_actor{h});
        if (const auto node = known->find(&handles::node)) caf::anon_send(node, atom::subscribe_v, h);
        tell_places([h](execution::workplace& at) { at.follow(actors::ledger_actor{h}); });
      });
}

/// NODE's are not supervised: it keeps their handles, and REGISTRY outlives a job that throws.
actors::registry_actor staff::hire_registry(const std::string& name, std::uint32_t restarts) {
  return actors::spawn_blocking<recording::registry_state>(
      parts_.system, who(name, "registry", restarts),
      [options = parts_.installed.store, secret = parts_.installed.secret]() mutable {
        options.connect_timeout =
            heartbeat_connect; // a database that hangs must not hold up the heartbeat, nor requests
        options.statement_timeout = heartbeat_statement;
        return storage::open_store(options, secret);
      });
}

std::optional<cluster::sole_parts> staff::sole_parts_of(const std::string& http_listen,
                                                        const std::function<void(const std::string&)>& fatal) {
  if (!parts_.installed.sole) return std::nullopt;
  const auto& claim = *parts_.installed.sole;
  cluster_registry_ = hire_registry("registry/right");
  auto about = claim.about();
  about.listen = http_listen;
  return cluster::sole_parts{cluster_registry_, claim.incarnation(),
                             [about, &draining = parts_.draining]() mutable {
                               about.draining = draining.load();
                               return cluster::to_text(about);
                             },
                             claim.right(), fatal};
}

} // namespace logos::commands
