// SPDX-License-Identifier: MIT
#pragma once
#include "actors/recording/registry.hpp"
#include "actors/supervision/supervisor.hpp"
#include "cluster/lone.hpp"
#include "cluster/member.hpp"
#include "cluster/placement.hpp"
#include "tests/cluster/fake_database.hpp"
#include "tests/support/virtual_system.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace logos::cluster {

/// What an actor of a test node was told.
struct member_log {
  std::map<std::int64_t, actors::scheduler_actor> routes; // an INGRESS's
  std::vector<std::int64_t> ended;                        // providers whose calls an INGRESS had to end
  std::vector<actors::refusal> refusals;                  // of its tickets
  int followers = 0;                                      // a CATALOG's
  int refreshed = 0;
  bool catalog_busy = false;  // what it is asked to load it does not confirm
  bool catalog_fails = false; // it cannot load anything
  core::uuid known;           // a request that its INGRESS has, and how far it is
  actors::progress progress;
  int flushed = 0;                           // how often its STORAGE had to write
  std::optional<std::uint64_t> unwritten{0}; // what it then still has; nothing: it does not answer
};

/// A STORAGE that writes nothing.
class quiet_storage {
public:
  using handle = actors::storage_actor;
  quiet_storage(actors::self_pointer<quiet_storage> self, member_log* log) : self_{self}, log_{log} {}
  handle::behavior_type make_behavior() {
    return {
        [](atom::tick) {},
        [this](atom::flush) { return flush(); },
        [](const actors::provider_observation&) {},
        [](const actors::provider_experience&) {},
        [this](atom::status) { return self_->vitals("quiet"); },
    };
  }

private:
  caf::result<std::uint64_t> flush() {
    ++log_->flushed;
    if (log_->unwritten) return *log_->unwritten;
    waiting_.push_back(self_->make_response_promise<std::uint64_t>());
    return waiting_.back();
  }
  actors::self_pointer<quiet_storage> self_;
  member_log* log_;
  std::vector<caf::typed_response_promise<std::uint64_t>> waiting_;
};

/// An INGRESS that only writes down.
class quiet_ingress {
public:
  using handle = actors::ingress_actor;
  quiet_ingress(actors::self_pointer<quiet_ingress> self, member_log* log) : self_{self}, log_{log} {}
  handle::behavior_type make_behavior() {
    return {
        [](atom::handle, const net::exchange_ptr&) {},
        [](atom::gone, const core::uuid&) {},
        [](const actors::verdict&) {},
        [](atom::retry, const net::exchange_ptr&, const actors::refusal&) {},
        [](atom::adopt, const catalog::snapshot_ptr& s) { return s->version; },
        [this](atom::route, std::int64_t id, const actors::scheduler_actor& s) { routed(id, s); },
        [this](atom::lost, std::int64_t id) { log_->ended.push_back(id); },
        [](const accounting::ruling&) {},
        [](const actors::batch_verdict&) {},
        [](const std::vector<accounting::ruling>&) {},
        [](atom::tick) {},
        [this](atom::explain, const core::uuid& request) { return log_->known == request ? log_->progress : none(); },
        [](atom::drain) {},
        [](const actors::offer&) {},
        [this](const actors::refusal& r) { log_->refusals.push_back(r); },
        [](const actors::slice&) {},
        [](atom::recall, std::int64_t) {},
        [](atom::recall, const core::uuid&) {},
        [this](atom::status) { return self_->vitals("quiet"); },
    };
  }

private:
  static actors::progress none() { return {}; }
  void routed(std::int64_t id, const actors::scheduler_actor& s) {
    log_->routes[id] = s;
    if (s) self_->send(s, actors::inventory{self_->who().name, {}}, actors::requester_actor{self_});
  }
  actors::self_pointer<quiet_ingress> self_;
  member_log* log_;
};

/// A CATALOG that hands out what the test gives it.
class quiet_catalog {
public:
  using handle = actors::catalog_actor;
  quiet_catalog(actors::self_pointer<quiet_catalog> self, catalog::snapshot_ptr first, member_log* log)
      : self_{self},
        first_{std::move(first)},
        log_{log} {}
  handle::behavior_type make_behavior() {
    return {
        [this](atom::refresh) { return refresh(); },
        [](atom::tick) {},
        [](atom::subscribe, const actors::ingress_actor&) {},
        [this](atom::subscribe, const actors::follower_actor& f) { follow(f); },
        [this](atom::status) { return self_->vitals("quiet"); },
    };
  }

private:
  caf::result<std::uint64_t> refresh() {
    ++log_->refreshed;
    if (log_->catalog_fails) return caf::make_error(caf::sec::runtime_error, "nothing can be loaded");
    if (!log_->catalog_busy) return first_->version;
    waiting_.push_back(self_->make_response_promise<std::uint64_t>());
    return waiting_.back();
  }
  void follow(const actors::follower_actor& f) {
    ++log_->followers;
    caf::anon_send(f, atom::adopt_v, first_);
  }
  actors::self_pointer<quiet_catalog> self_;
  catalog::snapshot_ptr first_;
  member_log* log_;
  std::vector<caf::typed_response_promise<std::uint64_t>> waiting_;
};

/// What became of a SCHEDULER, and what came to it.
struct quiet_scheduler_log {
  std::int64_t provider_id = 0;
  std::vector<std::int64_t> tickets; // deployments
  std::string provider_name;         // by its newest terms
  std::vector<actors::provider_observation> seen;
  std::shared_ptr<const scheduling::lease> lease;
  std::vector<actors::outlook> outlooks; // what it answers when it is asked
  bool alive = true;
};

/// A SCHEDULER that only writes down.
class quiet_scheduler {
public:
  using handle = actors::scheduler_actor;
  quiet_scheduler(actors::self_pointer<quiet_scheduler> self, std::shared_ptr<quiet_scheduler_log> log)
      : self_{self},
        log_{std::move(log)} {}
  ~quiet_scheduler() { log_->alive = false; }
  quiet_scheduler(const quiet_scheduler&) = delete;
  quiet_scheduler& operator=(const quiet_scheduler&) = delete;
  handle::behavior_type make_behavior() {
    return {
        [this](const actors::ticket& t, const actors::requester_actor&) { log_->tickets.push_back(t.deployment_id); },
        [](const actors::acceptance&) {},
        [](const actors::withdrawal&) {},
        [](const actors::release&) {},
        [](const actors::inventory&, const actors::requester_actor&) {},
        [](atom::lease, const actors::slice&, const actors::requester_actor&) {},
        [](atom::give_back, const actors::slice&, const actors::requester_actor&) {},
        [this](const actors::provider_terms& t) { log_->provider_name = t.name; },
        [this](const actors::provider_observation& seen) { log_->seen.push_back(seen); },
        [](atom::adopt, const actors::loader_actor&) {},
        [](atom::recover, const std::vector<std::string>&, std::int64_t) {},
        [](atom::lost, const std::string&, std::int64_t) {},
        [this](const actors::bundle& b, const actors::requester_actor&) {
          for (const auto& t : b.tickets)
            log_->tickets.push_back(t.deployment_id);
        },
        [this](atom::explain, const core::uuid&) { return log_->outlooks; },
        [](atom::explain, const actors::queue_question&) { return actors::queue_page{}; },
        [](atom::order, std::int64_t, bool) { return actors::order_report{}; },
        [this](atom::status) { return self_->vitals("quiet"); },
    };
  }

private:
  actors::self_pointer<quiet_scheduler> self_;
  std::shared_ptr<quiet_scheduler_log> log_;
};

/// Nodes of a cluster in one actor system and in virtual time, around a database that the test can take away. The test
/// makes the connections.
class member_fixture : public tests::virtual_system {
protected:
  struct member {
    std::string name;
    actors::supervisor_actor supervisor;
    actors::catalog_actor catalog;
    actors::node_actor node;
    actors::ingress_actor ingress;
    actors::storage_actor storage;
    member_log log;
    std::vector<std::shared_ptr<quiet_scheduler_log>> schedulers; // in the order of their making
    std::vector<std::string> fatal;
    std::vector<std::int64_t> providers; // of its first catalog
  };

  ~member_fixture() override {
    database_.away = false;
    for (auto& m : members_) {
      tell(m->node, atom::leave_v); // has the SUPERVISOR end what it keeps alive
      m->log.routes.clear();
    }
  }

  static constexpr rhythm times{std::chrono::milliseconds{1000}, std::chrono::milliseconds{3000}};

  node_parts parts_of(member& m, const catalog::snapshot_ptr& snapshot) {
    for (const auto& p : snapshot->providers)
      m.providers.push_back(p.id);
    m.supervisor = host<supervision::supervisor_state>("supervisor");
    m.catalog = host<quiet_catalog>("catalog", snapshot, &m.log);
    node_parts parts;
    parts.name = m.name;
    parts.supervisor = m.supervisor;
    parts.catalog = m.catalog;
    parts.ingresses = {"ingress/0"};
    parts.clock = &clock();
    m.storage = host<quiet_storage>("storage", &m.log);
    parts.find_storage = [&m] { return m.storage; };
    parts.make.scheduler = [this, &m](const actors::identity& who, const actors::provider_terms& terms,
                                      std::shared_ptr<const scheduling::lease> lease) -> actors::scheduler_actor {
      auto log = std::make_shared<quiet_scheduler_log>();
      log->provider_id = terms.provider_id;
      log->lease = std::move(lease);
      m.schedulers.push_back(log);
      return actors::spawn<quiet_scheduler>(sys(), who, std::move(log));
    };
    return parts;
  }
  /// A way to the database for one NODE.
  actors::registry_actor registry() {
    return host<recording::registry_state>("registry", [this]() -> storage::result<std::unique_ptr<storage::store>> {
      return std::unique_ptr<storage::store>{std::make_unique<fake_store>(database_)};
    });
  }
  /// A node of a cluster with its INGRESS; it announces itself as time goes on.
  member& start(const std::string& name, const catalog::snapshot_ptr& snapshot, const std::string& run = "run-1") {
    auto& m = *members_.emplace_back(std::make_unique<member>());
    m.name = name;
    auto parts = parts_of(m, snapshot);
    cluster_parts c;
    c.name = "test";
    c.times = times;
    c.registry = registry();
    c.fatal = [&m](const std::string& why) { m.fatal.push_back(why); };
    parts.cluster = std::move(c);
    storage::node_facts facts;
    facts.node = name;
    facts.incarnation = name + "." + run;
    facts.address = "127.0.0.1:1";
    m.node = host<member_state>("node", std::move(parts), caf::io::middleman_actor{}, facts);
    employ(m);
    return m;
  }
  /// One that stands alone, with a right to the database or where there is no other.
  member& start_alone(const catalog::snapshot_ptr& snapshot, std::optional<sole_parts> sole = {}) {
    auto& m = *members_.emplace_back(std::make_unique<member>());
    m.name = "local";
    auto parts = parts_of(m, snapshot);
    if (sole) sole->fatal = [&m](const std::string& why) { m.fatal.push_back(why); };
    parts.sole = std::move(sole);
    m.node = host<lone_state>("node", std::move(parts));
    employ(m);
    return m;
  }
  void employ(member& m) {
    m.ingress = host<quiet_ingress>("ingress/0", &m.log);
    tell(m.node, atom::subscribe_v, std::string{"ingress/0"}, m.ingress);
  }
  /// A connection from one to the other, as its CONNECTOR tells of it.
  void connect(const member& from, const member& to) {
    tell(from.node, atom::hello_v, to.name, actors::peer_actor{to.node}, std::string{});
  }
  void give(const member& to, const catalog::snapshot_ptr& snapshot) { tell(to.node, atom::adopt_v, snapshot); }
  /// A ticket at a provider, by the route that the node's INGRESS has.
  void ask_for(const member& at, std::int64_t provider, std::int64_t deployment,
               std::chrono::microseconds patience = std::chrono::minutes{1}) {
    const auto route = at.log.routes.find(provider);
    ASSERT_NE(route, at.log.routes.end());
    actors::ticket t;
    t.request = core::uuid::from_halves(7, static_cast<std::uint64_t>(++asked_));
    t.provider_id = provider;
    t.deployment_id = deployment;
    t.patience_us = patience.count();
    tell(route->second, t, actors::requester_actor{at.ingress});
  }
  /// The living SCHEDULER of a provider at a node; null if there is none.
  static const quiet_scheduler_log* scheduler_of(const member& at, std::int64_t provider) {
    const quiet_scheduler_log* found = nullptr;
    for (const auto& s : at.schedulers)
      if (s->alive && s->provider_id == provider) found = s.get();
    return found;
  }
  /// Ends the node's process.
  void crash(member& m) {
    m.log.routes.clear();
    caf::anon_send<caf::message_priority::high>(caf::actor_cast<caf::actor>(m.node),
                                                caf::exit_msg{m.node->address(), caf::exit_reason::kill});
    kill(m.ingress);
    for (const auto id : m.providers)
      for (const std::string kind : {"scheduler/#", "delegate/#"})
        tell(m.supervisor, atom::retire_v, kind + std::to_string(id));
    kill(m.supervisor);
  }
  std::string nodes(const member& m) { return ask<std::string>(m.node, atom::nodes_v); }
  /// Who owns a provider, as `m` sees it: what the listing says under "owns" of that node.
  bool sees(const member& m, const std::string& owner, const std::string& provider) {
    const auto listing = nodes(m);
    const auto at = listing.find(R"("name":")" + owner + '"');
    if (at == listing.npos) return false;
    const auto from = listing.find(R"("owns":)", at);
    return listing.substr(from, listing.find(']', from) - from).find('"' + provider + '"') != std::string::npos;
  }
  /// A provider that placement gives to `owner` of the two nodes of a test.
  static std::int64_t owned_by(const std::string& owner) {
    const std::vector<std::string> both{"node-a", "node-b"};
    for (std::int64_t id = 1;; ++id)
      if (choose_owner({id, {}}, both) == owner) return id;
  }
  static std::shared_ptr<catalog::snapshot> providers(const std::map<std::int64_t, std::string>& named,
                                                      std::uint64_t version = 1) {
    auto s = std::make_shared<catalog::snapshot>();
    s->version = version;
    for (const auto& [id, name] : named) {
      catalog::provider p;
      p.id = id;
      p.name = name;
      s->providers.push_back(std::move(p));
    }
    s->index();
    return s;
  }

  fake_database database_{clock()};
  std::vector<std::unique_ptr<member>> members_;
  int asked_ = 0;
};

} // namespace logos::cluster
