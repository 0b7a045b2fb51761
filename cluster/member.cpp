// SPDX-License-Identifier: MIT
#include "cluster/member.hpp"

#include "cluster/delegate.hpp"
#include "cluster/explaining.hpp"
#include "cluster/gathering.hpp"
#include "core/uuid.hpp"

namespace logos::cluster {
namespace {

using std::chrono::seconds;

constexpr seconds own_time{10}; // for this node's actors to answer
constexpr seconds peer_time{2}; // for another node; what does not answer looks after itself

void append(std::vector<actors::actor_status>& sum, const std::vector<actors::actor_status>& more) {
  sum.insert(sum.end(), more.begin(), more.end());
}

} // namespace

member_state::member_state(actors::self_pointer<member_state> self, node_parts parts,
                           caf::io::middleman_actor middleman, storage::node_facts facts)
    : self_{self},
      parts_{std::move(parts)},
      facts_{std::move(facts)},
      estate_{parts_, actors::node_actor{self}, sightings_},
      membership_{parts_.name, parts_.cluster->times},
      fences_{parts_.cluster->times} {
  connector_ = actors::spawn<connector_state>(self_->system(), {"connector", "connector", "node", parts_.name},
                                              std::move(middleman), actors::node_actor{self_});
}

member_state::handle::behavior_type member_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& down) {
    for (const auto& [name, p] : peers_)
      if (p.handle->address() == down.source) return lose(std::string{name});
  });
  self_->link_to(connector_);
  self_->send(parts_.catalog, atom::subscribe_v, actors::follower_actor{self_});
  self_->send(self_, atom::tick_v);
  return {
      [this](atom::refresh) { return refresh(); },
      [this](atom::tree) { return tree(); },
      [this](atom::nodes) { return nodes(); },
      [this](atom::explain, const core::uuid& request) { return explain(request); },
      [this](atom::explain, const actors::queue_question& asked) { return list_waiting(self_, schedulers(), asked); },
      [this](atom::order, std::int64_t provider, std::int64_t deployment, bool load) {
        const auto at = claims_.find(provider);
        return pass_on(self_, at != claims_.end() ? at->second.scheduler : actors::scheduler_actor{}, deployment, load);
      },
      [this](atom::subscribe, const std::string& name, const actors::ingress_actor& i) { subscribe(name, i); },
      [this](atom::adopt, const catalog::snapshot_ptr& s) { return adopt(s); },
      [this](atom::route, std::int64_t id, std::uint64_t epoch, const actors::scheduler_actor& s) {
        published(id, epoch, s);
      },
      [this](atom::route, std::int64_t id, const actors::delegate_actor& d) { delegate_made(id, d); },
      [this](atom::route, std::uint64_t epoch, const actors::ledger_actor& l) { published(epoch, l); },
      [this](atom::subscribe, const actors::teller_actor& t) {
        teller_ = t;
        point_teller();
      },
      [this](atom::adopt, std::int64_t id, const actors::monitor_actor& m) { estate_.published(id, m); },
      [this](const actors::provider_observation& seen) { saw(seen); },
      [this](atom::subscribe, const actors::observer_actor& audience) { sightings_.follow(audience); },
      [this](atom::subscribe, const actors::catalog_actor& fresh) {
        parts_.catalog = fresh;
        self_->send(fresh, atom::subscribe_v, actors::follower_actor{self_});
        if (const auto* h = estate_.find(ledger_id); h != nullptr && h->ledger)
          self_->send(fresh, atom::subscribe_v, actors::follower_actor{h->ledger});
      },
      [this](atom::hello, const std::string& name, const actors::peer_actor& p, const std::string& trouble) {
        meet(name, p, trouble);
      },
      [this](atom::adopt, const std::string& address) { facts_.address = address; },
      [this](atom::leave) { return leave(); },
      [this](atom::tick) { tick(); },
      [this](atom::hello, const actors::node_card& c, const caf::strong_actor_ptr& from) { return greeted(c, from); },
      [this](atom::pulse, const actors::pulse& p) { return pulse_of(p); },
      [this](atom::route, const std::string& who, std::int64_t id, std::uint64_t epoch,
             const actors::scheduler_actor& s) { claimed(who, id, epoch, s); },
      [this](atom::route, const std::string& who, std::uint64_t epoch, const actors::accounts_actor& l) {
        claimed(who, epoch, l);
      },
      [this](atom::give_back, const std::string& who, std::int64_t id) { given_up(who, id); },
      [this](atom::lost, const std::string& who, std::int64_t id) { lapsed(who, id); },
      [this](const std::string&, const actors::provider_observation& seen) { sightings_.take(seen); },
      [this](atom::leave, const std::string& who) { farewell(who); },
      [this](atom::refresh, const std::string&) { return refresh_here(); },
      [this](atom::tree, const std::string&) { return tree_here(); },
      [this](atom::explain, const std::string&, const core::uuid& request) { return explain_own(request); },
      [this](atom::recollect, const core::uuid& request) { return recollect(request); },
      [this](atom::recollect, const std::string&, const core::uuid& request) { return recollect_own(request); },
      [this](atom::flush) { return flush(); },
      [this](atom::refresh, atom::flush) { return level(); },
      [this](atom::flush, const std::string&) { return flush_own(); },
      [this](atom::status) { return self_->vitals(condition()); },
  };
}

// --- the catalog and the DELEGATEs ---

caf::result<std::uint64_t> member_state::adopt(const catalog::snapshot_ptr& snapshot) {
  snapshot_ = snapshot;
  std::vector<std::int64_t> gone;
  for (const auto& [id, name] : stand_ins_) {
    const auto* p = snapshot->find_provider(id);
    if (p == nullptr || !p->enabled) gone.push_back(id);
  }
  for (const auto id : gone) {
    for (const auto& [name, ingress] : ingresses_)
      self_->send(ingress, atom::route_v, id, actors::scheduler_actor{});
    self_->send(parts_.supervisor, atom::retire_v, stand_ins_[id]);
    stand_ins_.erase(id);
    delegates_.erase(id);
    sightings_.forget(id);
    fences_.lift(id);
    vacant_at_.erase(id);
    adoptions_.opened(id);
  }
  estate_.follow(snapshot);
  std::set<std::int64_t> awaited;
  for (const auto& p : snapshot->providers) {
    if (!p.enabled) continue;
    if (!stand_ins_.contains(p.id)) stand_in(p);
    if (const auto at = delegates_.find(p.id); at != delegates_.end())
      self_->send(at->second, terms_of(p, parts_));
    else
      awaited.insert(p.id);
  }
  auto promise = self_->make_response_promise<std::uint64_t>();
  adoptions_.add(promise, snapshot->version, std::move(awaited), now());
  reconsider();
  return promise;
}

void member_state::stand_in(const catalog::provider& p) {
  actors::recipe how;
  how.name = "delegate/#" + std::to_string(p.id); // a name may pass from one provider to another
  stand_ins_[p.id] = how.name;
  how.make = [post = delegate_post{parts_.name, p.id, parts_.ingresses}, name = "delegate/" + p.name,
              &system = self_->system(), &clock = *parts_.clock](std::uint32_t restarts) {
    return caf::actor_cast<caf::actor>(actors::spawn<delegate_state>(
        system, {name, "delegate", "node", post.node, restarts}, post, clock, core::random_seed()));
  };
  how.publish = [node = actors::node_actor{self_}, id = p.id](const caf::actor& made) {
    caf::anon_send(node, atom::route_v, id, caf::actor_cast<actors::delegate_actor>(made));
  };
  self_->send(parts_.supervisor, atom::supervise_v, std::move(how));
}

void member_state::delegate_made(std::int64_t provider_id, const actors::delegate_actor& delegate) {
  if (!stand_ins_.contains(provider_id)) return; // retired in the meantime
  delegates_[provider_id] = delegate;
  if (const auto* p = snapshot_->find_provider(provider_id)) self_->send(delegate, terms_of(*p, parts_));
  for (const auto& [name, ingress] : ingresses_)
    self_->send(ingress, atom::route_v, provider_id, actors::scheduler_actor{delegate});
  point(provider_id);
  adoptions_.opened(provider_id);
}

void member_state::point(std::int64_t provider_id) {
  if (claims_.contains(provider_id)) fences_.lift(provider_id);
  if (provider_id == ledger_id) return point_teller();
  const auto delegate = delegates_.find(provider_id);
  if (delegate == delegates_.end()) return;
  if (const auto owner = claims_.find(provider_id); owner != claims_.end()) {
    self_->send(delegate->second, atom::adopt_v, owner->second.epoch, owner->second.scheduler);
    return;
  }
  const auto vacant = vacant_at_.find(provider_id);
  const auto left = vacant == vacant_at_.end() ? core::steady_time::duration::zero() : vacant->second - now();
  self_->send(delegate->second, atom::gone_v,
              std::int64_t{std::chrono::duration_cast<std::chrono::microseconds>(left).count()});
}

void member_state::vacate(std::int64_t provider_id, std::chrono::milliseconds vacant_in) {
  claims_.erase(provider_id);
  vacant_at_[provider_id] = now() + vacant_in;
  point(provider_id);
}

void member_state::point_teller() {
  if (!teller_) return;
  if (const auto owner = claims_.find(ledger_id); owner != claims_.end())
    self_->send(teller_, atom::adopt_v, owner->second.epoch, owner->second.ledger);
  else
    self_->send(teller_, atom::gone_v);
}

void member_state::subscribe(const std::string& name, const actors::ingress_actor& ingress) {
  ingresses_[name] = ingress;
  for (const auto& [id, delegate] : delegates_)
    self_->send(ingress, atom::route_v, id, actors::scheduler_actor{delegate});
}

// --- what concerns all nodes ---

void member_state::saw(const actors::provider_observation& seen) {
  sightings_.take(seen);
  for (const auto& [name, p] : peers_)
    self_->send(p.handle, facts_.incarnation, seen);
}

caf::result<member_state::statuses> member_state::tree_here() {
  gathering<statuses> all{self_->make_response_promise<statuses>()};
  all.sum().push_back(self_->vitals(condition()));
  all.ask<actors::actor_status>(
      self_, connector_, own_time, [](statuses& sum, const actors::actor_status& s) { sum.push_back(s); }, left_out,
      atom::status_v);
  all.ask<statuses>(self_, parts_.supervisor, own_time, append, left_out, atom::tree_v);
  return all.answer();
}

caf::result<member_state::statuses> member_state::tree() {
  gathering<statuses> all{self_->make_response_promise<statuses>()};
  all.ask<statuses>(self_, actors::node_actor{self_}, own_time, append, left_out, atom::tree_v, facts_.incarnation);
  for (const auto& [name, p] : peers_)
    all.ask<statuses>(self_, p.handle, peer_time, append, left_out, atom::tree_v, facts_.incarnation);
  return all.answer();
}

std::string member_state::nodes() const {
  const auto owned_by = [this](const std::string& incarnation) {
    std::string names;
    for (const auto& [id, c] : claims_) {
      const auto* p = c.incarnation == incarnation ? snapshot_->find_provider(id) : nullptr;
      if (p != nullptr) names += (names.empty() ? "" : ",") + core::json_string(p->name);
    }
    return "[" + names + "]";
  };
  const auto keeps_books = [this](const std::string& incarnation) {
    const auto at = claims_.find(ledger_id);
    return at != claims_.end() && at->second.incarnation == incarnation;
  };
  const auto row = [&](const storage::node_facts& f, bool self, bool reachable, const std::string& trouble) {
    return R"({"name":)" + core::json_string(f.node) + R"(,"incarnation":)" + core::json_string(f.incarnation) +
           R"(,"address":)" + core::json_string(f.address) + R"(,"http_listen":)" + core::json_string(f.http_listen) +
           R"(,"version":)" + core::json_string(f.version) + R"(,"config_revision":)" +
           std::to_string(f.config_revision) + R"(,"state":)" + core::json_string(f.state) + R"(,"this":)" +
           (self ? "true" : "false") + R"(,"reachable":)" + (reachable ? "true" : "false") + R"(,"trouble":)" +
           core::json_string(trouble) + R"(,"owns":)" + owned_by(f.incarnation) + R"(,"ledger":)" +
           (keeps_books(f.incarnation) ? "true" : "false") + "}";
  };
  auto text = "[" + row(facts_, true, true, trouble_);
  for (const auto& [name, m] : membership_.members())
    text += "," + row(m.facts, false, m.joined, m.trouble);
  return text + "]";
}

std::string member_state::condition() const {
  const bool keeps_books = estate_.find(ledger_id) != nullptr;
  static constexpr std::string_view words[] = {"starting", "serving", "leaving"};
  return std::string{words[static_cast<int>(phase_)]} + ", " + std::to_string(peers_.size()) + " peers, owns " +
         std::to_string(estate_.all().size() - (keeps_books ? 1 : 0)) + " of " + std::to_string(stand_ins_.size()) +
         " providers" + (keeps_books ? " and the LEDGER" : "") + (trouble_.empty() ? "" : ", no database: " + trouble_);
}

} // namespace logos::cluster
