// SPDX-License-Identifier: MIT
#include "cluster/lone.hpp"

#include "cluster/explaining.hpp"
#include "cluster/sole.hpp"

#include <algorithm>

namespace logos::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds look_every{250};
constexpr seconds answer_time{10};
// INGRESSes of this process answer at once; one that does not is dead, and what it held is seen through by no one.
constexpr seconds report_time{2};
// The database may be a dead host; the store gives up by itself well before that.
constexpr seconds row_time{60};

} // namespace

lone_state::lone_state(actors::self_pointer<lone_state> self, node_parts parts)
    : self_{self},
      parts_{std::move(parts)},
      estate_{parts_, actors::node_actor{self}, sightings_} {}

lone_state::handle::behavior_type lone_state::make_behavior() {
  self_->send(parts_.catalog, atom::subscribe_v, actors::follower_actor{self_});
  self_->delayed_send(self_, look_every, atom::tick_v);
  const auto alone = [] { return caf::make_error(caf::sec::invalid_argument, "this node is not part of a cluster"); };
  return {
      [this](atom::refresh) { return refresh(); },
      [this](atom::tree) { return tree(); },
      [this](atom::nodes) { return nodes(); },
      [this](atom::explain, const core::uuid& request) { return explain(request); },
      [this](atom::explain, const actors::queue_question& asked) { return list_waiting(self_, schedulers(), asked); },
      [this](atom::order, std::int64_t provider, std::int64_t deployment, bool load) {
        const auto* h = estate_.find(provider);
        return pass_on(self_, h != nullptr ? h->scheduler : actors::scheduler_actor{}, deployment, load);
      },
      [this](atom::subscribe, const std::string& name, const actors::ingress_actor& i) { subscribe(name, i); },
      [this](atom::adopt, const catalog::snapshot_ptr& s) { return adopt(s); },
      [this](atom::route, std::int64_t id, std::uint64_t epoch, const actors::scheduler_actor& s) {
        published(id, epoch, s);
      },
      [](atom::route, std::int64_t, const actors::delegate_actor&) {},
      [](atom::route, std::uint64_t, const actors::ledger_actor&) {},
      [](atom::subscribe, const actors::teller_actor&) {},
      [this](atom::adopt, std::int64_t id, const actors::monitor_actor& m) { estate_.published(id, m); },
      [this](const actors::provider_observation& seen) { sightings_.take(seen); },
      [this](atom::subscribe, const actors::observer_actor& audience) { sightings_.follow(audience); },
      [this](atom::subscribe, const actors::catalog_actor& fresh) {
        parts_.catalog = fresh;
        self_->send(fresh, atom::subscribe_v, actors::follower_actor{self_});
      },
      [](atom::hello, const std::string&, const actors::peer_actor&, const std::string&) {},
      [](atom::adopt, const std::string&) {},
      [this](atom::leave) { return leave(); },
      [this](atom::tick) { tick(); },
      [alone](atom::hello, const actors::node_card&, const caf::strong_actor_ptr&) -> caf::result<actors::node_card> {
        return alone();
      },
      [alone](atom::pulse, const actors::pulse&) -> caf::result<actors::pulse> { return alone(); },
      [](atom::route, const std::string&, std::int64_t, std::uint64_t, const actors::scheduler_actor&) {},
      [](atom::route, const std::string&, std::uint64_t, const actors::accounts_actor&) {},
      [](atom::give_back, const std::string&, std::int64_t) {},
      [](atom::lost, const std::string&, std::int64_t) {},
      [](const std::string&, const actors::provider_observation&) {},
      [](atom::leave, const std::string&) {},
      [this](atom::refresh, const std::string&) { return refresh(); },
      [this](atom::tree, const std::string&) { return tree(); },
      [this](atom::explain, const std::string&, const core::uuid& request) { return explain(request); },
      [](atom::recollect, const core::uuid&) { return std::string{}; }, // there is no other node
      [](atom::recollect, const std::string&, const core::uuid&) { return std::string{}; },
      [](atom::flush) { return std::vector<std::string>{}; },
      [this](atom::refresh, atom::flush) { return level(); },
      [alone](atom::flush, const std::string&) -> caf::result<std::uint64_t> { return alone(); },
      [this](atom::status) { return self_->vitals(condition()); },
  };
}

std::string lone_state::condition() const {
  auto text = "alone, " + std::to_string(estate_.all().size()) + " providers";
  if (parts_.sole && !parts_.sole->right->holds(parts_.clock->steady())) text += ", without its right to the database";
  return text;
}

caf::result<std::uint64_t> lone_state::refresh() {
  auto promise = self_->make_response_promise<std::uint64_t>();
  self_->request(parts_.catalog, answer_time, atom::refresh_v)
      .then([promise](std::uint64_t version) mutable { promise.deliver(version); },
            [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

/// There is no other journal than the asker's.
caf::result<std::vector<std::string>> lone_state::level() {
  auto promise = self_->make_response_promise<std::vector<std::string>>();
  self_->request(parts_.catalog, answer_time, atom::refresh_v)
      .then([promise](std::uint64_t) mutable { promise.deliver(std::vector<std::string>{}); },
            [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

caf::result<std::vector<actors::actor_status>> lone_state::tree() {
  using statuses = std::vector<actors::actor_status>;
  auto promise = self_->make_response_promise<statuses>();
  auto own = self_->vitals(condition());
  self_->request(parts_.supervisor, answer_time, atom::tree_v)
      .then(
          [promise, own](statuses& all) mutable {
            all.push_back(own);
            promise.deliver(std::move(all));
          },
          [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

caf::result<actors::progress> lone_state::explain(const core::uuid& request) {
  return explain_here(self_, ingresses_, request, [this](std::int64_t id) {
    const auto* h = estate_.find(id);
    return h != nullptr ? h->scheduler : actors::scheduler_actor{};
  });
}

std::map<std::int64_t, actors::scheduler_actor> lone_state::schedulers() const {
  std::map<std::int64_t, actors::scheduler_actor> all;
  for (const auto& [id, h] : estate_.all())
    all.emplace(id, h.scheduler);
  return all;
}

std::string lone_state::nodes() const {
  std::string owned;
  for (const auto& [id, h] : estate_.all())
    owned += (owned.empty() ? "" : ",") + core::json_string(h.facts.name);
  return R"([{"name":)" + core::json_string(parts_.name) + R"(,"http_listen":)" +
         core::json_string(parts_.http_listen) + R"(,"version":)" + core::json_string(parts_.version) +
         R"(,"state":"serving","this":true,"reachable":true,"owns":[)" + owned + "]}]";
}

void lone_state::subscribe(const std::string& name, const actors::ingress_actor& ingress) {
  ingresses_[name] = ingress;
  for (const auto& [id, h] : estate_.all())
    if (h.scheduler) self_->send(ingress, atom::route_v, id, h.scheduler);
}

caf::result<std::uint64_t> lone_state::adopt(const catalog::snapshot_ptr& snapshot) {
  std::vector<std::int64_t> gone;
  for (const auto& [id, h] : estate_.all()) {
    const auto* p = snapshot->find_provider(id);
    if (p == nullptr || !p->enabled) gone.push_back(id);
  }
  for (const auto id : gone) {
    estate_.drop(id);
    sightings_.forget(id);
    adoptions_.opened(id);
    for (const auto& [name, ingress] : ingresses_)
      self_->send(ingress, atom::route_v, id, actors::scheduler_actor{});
  }
  estate_.follow(snapshot);
  std::set<std::int64_t> awaited;
  for (const auto& p : snapshot->providers) {
    if (!p.enabled) continue;
    const auto* h = estate_.find(p.id);
    if (h != nullptr && h->scheduler) continue;
    awaited.insert(p.id);
    if (h != nullptr) continue;
    // Later than any SCHEDULER of this provider before: time goes on, and a restart adds one.
    const auto wall = static_cast<std::uint64_t>(parts_.clock->wall().time_since_epoch().count());
    last_epoch_ = std::max(last_epoch_ + 1, wall);
    estate_.hold(p, scheduling::lease::unlimited(last_epoch_));
  }
  auto promise = self_->make_response_promise<std::uint64_t>();
  adoptions_.add(promise, snapshot->version, std::move(awaited), parts_.clock->steady());
  return promise;
}

void lone_state::published(std::int64_t id, std::uint64_t epoch, const actors::scheduler_actor& scheduler) {
  if (estate_.published(id, epoch, scheduler, parts_.ingresses, report_time) == nullptr) return;
  for (const auto& [name, ingress] : ingresses_)
    self_->send(ingress, atom::route_v, id, scheduler);
  adoptions_.opened(id);
}

caf::result<bool> lone_state::leave() {
  while (!estate_.all().empty())
    estate_.drop(estate_.all().begin()->first);
  // The SUPERVISOR answers after it has ended them: whoever ends it next leaves no orphans.
  auto promise = self_->make_response_promise<bool>();
  self_->request(parts_.supervisor, answer_time, atom::status_v)
      .then([promise](const actors::actor_status&) mutable { promise.deliver(true); },
            [promise](const caf::error&) mutable { promise.deliver(false); });
  return promise;
}

void lone_state::tick() {
  self_->delayed_send(self_, look_every, atom::tick_v);
  const auto now = parts_.clock->steady();
  adoptions_.settle(now);
  if (parts_.sole && !asking_ && !superseded_ && now >= next_renewal_) renew();
}

void lone_state::renew() {
  asking_ = true;
  next_renewal_ = parts_.clock->steady() + sole_beat;
  storage::node_facts facts;
  facts.node = parts_.sole->tell();
  facts.incarnation = parts_.sole->incarnation;
  rhythm times;
  times.lease = sole_term;
  self_
      ->request(parts_.sole->registry, row_time,
                acquire_job(std::string{sole_right}, std::move(facts), times, *parts_.clock))
      .then(
          [this](const actors::store_reply& r) {
            asking_ = false;
            renewed(read_reply<tenure>(r));
          },
          [this](const caf::error&) { asking_ = false; });
}

/// A database that is away is asked again with the next tick. Service goes on meanwhile: there is nobody else, unless
/// somebody has started another one that could not reach this one's word, and then this one ends as soon as it knows.
void lone_state::renewed(const storage::result<tenure>& reply) {
  if (!reply || reply->lease.mine) return;
  superseded_ = true;
  parts_.sole->right->end();
  if (parts_.sole->fatal)
    parts_.sole->fatal("Another gateway (" + reply->lease.node +
                       ") has taken this database over while this one could not reach it.");
}

} // namespace logos::cluster
