// SPDX-License-Identifier: MIT
#pragma once
#include "actors/recording/registry.hpp"
#include "actors/scheduling/scheduler.hpp"
#include "actors/supervision/supervisor.hpp"
#include "actors/system.hpp"
#include "cluster/node.hpp"
#include "storage/open.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>

namespace logos::cluster {

/// What the INGRESSes of all test nodes see, and the test waits on. Any thread.
class observations {
public:
  void granted(std::int64_t deployment_id) {
    change([&] {
      ++grants_;
      auto& n = running_[deployment_id];
      most_[deployment_id] = std::max(most_[deployment_id], ++n);
    });
  }
  void ended(std::int64_t deployment_id) {
    change([&] {
      --running_[deployment_id];
      ++ends_;
    });
  }
  void refused(std::int32_t depth_at_arrival) {
    change([&] {
      ++refusals_;
      deepest_ = std::max(deepest_, depth_at_arrival);
    });
  }
  template <class Condition>
  bool wait_for(std::chrono::milliseconds at_most, Condition condition) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, at_most, [&] { return condition(*this); });
  }
  int grants_ = 0;
  int ends_ = 0;
  int refusals_ = 0;
  std::int32_t deepest_ = -1; // how many waited when one of those came that were refused; -1: nobody said
  std::map<std::int64_t, int> running_;
  std::map<std::int64_t, int> most_;

private:
  template <class F>
  void change(F f) {
    {
      const std::lock_guard lock{mutex_};
      f();
    }
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// An INGRESS whose requests are made by the test: it asks for a ticket, and holds what it gets until told to end, or
/// for a random while.
using driver_actor = actors::ingress_actor::extend<
    // Ask for this.
    caf::reacts_to<actors::ticket>,
    // End all that runs.
    caf::reacts_to<atom::flush>,
    // End this one.
    caf::reacts_to<atom::retire, core::uuid>>;

class driver_state {
public:
  using handle = driver_actor;
  driver_state(actors::self_pointer<driver_state> self, observations* seen, bool hold)
      : self_{self},
        seen_{seen},
        hold_{hold} {}

  handle::behavior_type make_behavior() {
    return {
        [](atom::handle, const net::exchange_ptr&) {},
        [](atom::gone, const core::uuid&) {},
        [](const actors::verdict&) {},
        [](const accounting::ruling&) {},
        [](const actors::batch_verdict&) {},
        [](const std::vector<accounting::ruling>&) {},
        [](atom::retry, const net::exchange_ptr&, const actors::refusal&) {},
        [](atom::adopt, const catalog::snapshot_ptr& s) { return s->version; },
        [this](atom::route, std::int64_t provider, const actors::scheduler_actor& s) { reroute(provider, s); },
        [](atom::lost, std::int64_t) {},
        [](atom::tick) {},
        [](atom::explain, const core::uuid&) { return actors::progress{}; },
        [](atom::drain) {},
        [this](const actors::offer& o) { take(o); },
        [this](const actors::refusal& r) {
          waiting_.erase(r.request);
          seen_->refused(r.depth_at_arrival);
        },
        [](const actors::slice&) {},
        [](atom::recall, std::int64_t) {},
        [](atom::recall, const core::uuid&) {},
        [this](atom::status) { return self_->vitals("driving"); },
        [this](const actors::ticket& t) { ask(t); },
        [this](atom::flush) {
          while (!running_.empty())
            end(core::uuid{running_.begin()->first});
        },
        [this](atom::retire, const core::uuid& request) { end(core::uuid{request}); },
    };
  }

private:
  void reroute(std::int64_t provider, const actors::scheduler_actor& s) {
    routes_[provider] = s;
    if (!s) return;
    actors::inventory held;
    held.requester = self_->who().name;
    for (const auto& [request, o] : running_)
      if (o.provider_id == provider) held.permits.push_back({o.request, o.permit, o.epoch, o.deployment_id, 1, 1});
    self_->send(s, std::move(held), actors::requester_actor{self_});
    for (const auto& [id, t] : waiting_)
      if (t.provider_id == provider) self_->send(s, t, actors::requester_actor{self_});
  }
  void ask(const actors::ticket& t) {
    waiting_[t.request] = t;
    if (const auto& s = routes_[t.provider_id]) self_->send(s, t, actors::requester_actor{self_});
  }
  void take(const actors::offer& o) {
    waiting_.erase(o.request);
    running_[o.request] = o;
    seen_->granted(o.deployment_id);
    if (!hold_) self_->delayed_send(self_, std::chrono::milliseconds{random_() % 8}, atom::retire_v, o.request);
  }
  void end(const core::uuid& request) {
    const auto at = running_.find(request);
    if (at == running_.end()) return;
    const auto o = at->second;
    running_.erase(at);
    seen_->ended(o.deployment_id);
    actors::release r;
    r.permit = o.permit;
    r.epoch = o.epoch;
    r.deployment_id = o.deployment_id;
    r.status = 200;
    self_->send(routes_[o.provider_id], r);
  }

  actors::self_pointer<driver_state> self_;
  observations* seen_;
  bool hold_;
  std::minstd_rand random_{7};
  std::map<std::int64_t, actors::scheduler_actor> routes_;
  std::map<core::uuid, actors::ticket> waiting_;
  std::map<core::uuid, actors::offer> running_;
};

/// A CATALOG that always has the same providers and counts how often it was told to load.
class fixed_catalog {
public:
  using handle = actors::catalog_actor;
  fixed_catalog(actors::self_pointer<fixed_catalog> self, catalog::snapshot_ptr snapshot, std::atomic<int>* refreshed)
      : self_{self},
        snapshot_{std::move(snapshot)},
        refreshed_{refreshed} {}
  handle::behavior_type make_behavior() {
    return {
        [this](atom::refresh) {
          ++*refreshed_;
          return snapshot_->version;
        },
        [](atom::tick) {},
        [this](atom::subscribe, const actors::ingress_actor& i) { caf::anon_send(i, atom::adopt_v, snapshot_); },
        [this](atom::subscribe, const actors::follower_actor& f) { caf::anon_send(f, atom::adopt_v, snapshot_); },
        [this](atom::status) { return self_->vitals("fixed"); },
    };
  }

private:
  actors::self_pointer<fixed_catalog> self_;
  catalog::snapshot_ptr snapshot_;
  std::atomic<int>* refreshed_;
};

inline catalog::snapshot_ptr providers(std::int64_t n, std::uint32_t parallel) {
  auto s = std::make_shared<catalog::snapshot>();
  s->version = 7;
  for (std::int64_t id = 1; id <= n; ++id) {
    catalog::provider p;
    p.id = id;
    p.name = "gpu-" + std::to_string(id);
    p.parallel = parallel;
    s->providers.push_back(std::move(p));
  }
  s->index();
  return s;
}

inline core::secret_key test_secret() { return core::secret_key{"a secret for tests, long enough"}; }

/// A node as the composition root would make it, without HTTP. `database` empty: it stands alone.
class test_node {
public:
  test_node(std::string name, const std::string& database, catalog::snapshot_ptr snapshot, observations* seen,
            bool hold, rhythm times)
      : name_{std::move(name)},
        prepared_{prepare(cfg_, database, times)},
        sys_{cfg_} {
    supervisor_ = actors::spawn<supervision::supervisor_state>(sys_, {"supervisor", "supervisor", "", name_});
    catalog_ =
        actors::spawn<fixed_catalog>(sys_, {"catalog", "catalog", "node", name_}, std::move(snapshot), &refreshed_);
    node_parts parts;
    parts.name = name_;
    parts.supervisor = supervisor_;
    parts.catalog = catalog_;
    parts.ingresses = {"ingress/0"};
    parts.make.scheduler = [this](const actors::identity& who, const actors::provider_terms& terms,
                                  std::shared_ptr<const scheduling::lease> lease) -> actors::scheduler_actor {
      return actors::spawn<scheduling::scheduler>(sys_, who, terms, std::move(lease), core::system_clock());
    };
    if (!database.empty()) {
      registry_ = actors::spawn_blocking<recording::registry_state>(
          sys_, {"registry/cluster", "registry", "node", name_}, [database] {
            storage::store_options o;
            o.storage = database;
            o.connect_timeout = std::chrono::milliseconds{1000};
            o.statement_timeout = std::chrono::milliseconds{1000};
            return storage::open_store(o, test_secret());
          });
      cluster_parts c;
      c.name = "test";
      c.listen = {"127.0.0.1", 0};
      c.registry = registry_;
      c.times = times;
      c.fatal = [this](const std::string& why) {
        const std::lock_guard lock{mutex_};
        fatal_ = why;
        changed_.notify_all();
      };
      parts.cluster = std::move(c);
    }
    auto started = start_node(sys_, std::move(parts));
    if (!started) throw std::runtime_error{started.error().message};
    node_ = *started;
    driver_ = actors::spawn<driver_state>(sys_, {"ingress/0", "ingress", "node", name_}, seen, hold);
    caf::anon_send(node_, atom::subscribe_v, std::string{"ingress/0"}, actors::ingress_actor{driver_});
  }
  ~test_node() { end(); }

  /// In good order; again does nothing.
  void end() {
    if (!node_) return;
    stop_node(sys_, node_, std::chrono::seconds{5});
    caf::scoped_actor self{sys_};
    node_ = nullptr;
    actors::stop_now(driver_);
    driver_ = nullptr;
    actors::stop_now(supervisor_);
    supervisor_ = nullptr;
    actors::stop_now(catalog_);
    catalog_ = nullptr;
    actors::stop_now(registry_);
    registry_ = nullptr;
  }

  void ask(std::uint64_t id, std::int64_t provider, std::int64_t deployment,
           std::chrono::microseconds patience = std::chrono::minutes{1}) {
    actors::ticket t;
    t.request = core::uuid::from_halves(std::hash<std::string>{}(name_), id);
    t.provider_id = provider;
    t.deployment_id = deployment;
    t.patience_us = patience.count();
    caf::anon_send(driver_, t);
  }
  void end_all() { caf::anon_send(driver_, atom::flush_v); }

  template <class R, class... Ts>
  R query(Ts&&... xs) {
    caf::scoped_actor self{sys_};
    R answer{};
    self->request(node_, std::chrono::seconds{10}, std::forward<Ts>(xs)...)
        .receive([&](R& x) { answer = std::move(x); },
                 [&](const caf::error& e) { ADD_FAILURE() << name_ << ": " << sys_.render(e); });
    return answer;
  }
  std::string nodes() { return query<std::string>(atom::nodes_v); }
  std::vector<actors::actor_status> tree() { return query<std::vector<actors::actor_status>>(atom::tree_v); }
  /// Asks `condition` of the nodes' listing until it holds.
  bool until(std::chrono::milliseconds at_most, const std::function<bool(const std::string&)>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    while (!condition(nodes())) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      caf::scoped_actor self{sys_};
      self->receive([](atom::tick) {}, caf::after(std::chrono::milliseconds{20}) >> [] {});
    }
    return true;
  }
  std::string fatal(std::chrono::milliseconds at_most) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, at_most, [this] { return !fatal_.empty(); });
    return fatal_;
  }
  int refreshed() const { return refreshed_; }
  const std::string& name() const { return name_; }

private:
  static bool prepare(actors::system_config& cfg, const std::string& database, const rhythm& times) {
    if (!database.empty()) configure(cfg, times, std::nullopt);
    return true;
  }

  std::string name_;
  actors::system_config cfg_;
  bool prepared_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string fatal_;
  std::atomic<int> refreshed_{0};
  caf::actor_system sys_;
  actors::supervisor_actor supervisor_;
  actors::catalog_actor catalog_;
  actors::registry_actor registry_;
  actors::node_actor node_;
  driver_actor driver_;
};

} // namespace logos::cluster
