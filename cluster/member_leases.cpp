// SPDX-License-Identifier: MIT
#include "cluster/member.hpp"

#include <algorithm>

namespace logos::cluster {
namespace {

using core::ec;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds soonest_retry{20};
constexpr milliseconds latest_retry{500};
// The database may be a dead host; the store gives up by itself well before that.
constexpr std::chrono::seconds database_time{60};
// An epoch counts the lease's owner above and that owner's SCHEDULERs below.
constexpr unsigned restart_bits = 16;

core::failure unanswered() { return {ec::storage_away, "the database does not answer"}; }

} // namespace

void member_state::tick() {
  self_->delayed_send(self_, beat_every, atom::tick_v);
  const auto at = now();
  adoptions_.settle(at);
  heed_spreads();
  std::erase_if(promises_, [&](const auto& p) { return p.second <= at; });
  if (failed_ || phase_ == phase::leaving) return;
  if (phase_ == phase::starting) {
    if (!asking_ && at >= next_beat_ && !facts_.address.empty()) announce();
    return;
  }
  if (!asking_ && at >= next_beat_) beat();
  if (asking_ && trouble_.empty() && at - last_view_ > 2 * own().times.heartbeat) database_failed(unanswered());
  if (at >= next_pulse_) send_pulses(at);
  if (!trouble_.empty()) keep_without_database(at);
  heed_fences(at);
  reconsider();
}

void member_state::announce() {
  asking_ = true;
  next_beat_ = now() + own().times.heartbeat / 4;
  facts_.state = "serving";
  self_->request(own().registry, database_time, announce_job(facts_, own().times))
      .then(
          [this](const actors::store_reply& r) {
            asking_ = false;
            announced(read_reply<std::vector<storage::live_node>>(r));
          },
          [this](const caf::error&) {
            asking_ = false;
            database_failed(unanswered());
          });
}

void member_state::announced(const storage::result<std::vector<storage::live_node>>& reply) {
  if (reply) {
    phase_ = phase::serving;
    next_beat_ = {};
    trouble_.clear();
    return beat();
  }
  if (reply.error().code != ec::conflict) return database_failed(reply.error());
  // Perhaps it is this node's own former run, which has died and is forgotten after a lease's time.
  if (now() - started_ > own().times.lease + 2 * own().times.heartbeat) fail(reply.error().message);
}

void member_state::fail(const std::string& why) {
  if (failed_) return;
  failed_ = true;
  spdlog::critical("{}", why);
  while (!estate_.all().empty())
    estate_.drop(estate_.all().begin()->first);
  for (const auto& [id, name] : stand_ins_)
    end_calls(id); // the namesake's peers no longer count them
  if (own().fatal) own().fatal(why);
}

void member_state::beat() {
  asking_ = true;
  next_beat_ = now() + own().times.heartbeat;
  self_->request(own().registry, database_time, beat_job(facts_, own().times, *parts_.clock))
      .then(
          [this](const actors::store_reply& r) {
            asking_ = false;
            const auto& reply = read_reply<view>(r);
            if (reply) return read(*reply);
            if (reply.error().code == ec::conflict) return fail(reply.error().message);
            database_failed(reply.error());
          },
          [this](const caf::error&) {
            asking_ = false;
            database_failed(unanswered());
          });
}

void member_state::database_failed(const core::failure& why) {
  if (trouble_.empty()) spdlog::warn("cluster: no database: {}", why.message);
  trouble_ = why.message.empty() ? "unknown" : why.message;
  next_pulse_ = {}; // ask the peers for their promises now
}

void member_state::read(const view& v) {
  if (phase_ == phase::leaving) return;
  if (!trouble_.empty()) spdlog::info("cluster: the database is back");
  trouble_.clear();
  last_view_ = v.asked;
  membership_.read(v);
  std::vector<std::string> replaced;
  for (const auto& [name, p] : peers_)
    if (const auto* m = membership_.find(name); m == nullptr || !m->joined) replaced.push_back(name);
  for (const auto& name : replaced)
    lose(name);
  for (const auto& [id, h] : estate_.all()) {
    const auto mine = std::find_if(v.held.begin(), v.held.end(),
                                   [name = lease_name(id)](const auto& l) { return l.resource == name; });
    if (mine != v.held.end())
      h.lease->extend(v.asked + own().times.lease);
    else
      acquire(id); // younger than the view; or it ran out while the database was away, and is ours if nobody took it
  }
  dial_missing(now());
  reconsider();
}

void member_state::keep_without_database(core::steady_time at) {
  if (!membership_.complete()) return;
  auto since = at;
  for (const auto& [name, p] : peers_)
    since = std::min(since, p.promised);
  if (since == core::steady_time{}) return;
  for (const auto& [id, h] : estate_.all()) {
    if (!h.lease->holds(at)) continue; // whoever may have taken it by now has not promised anything
    h.lease->extend(since + own().times.lease);
  }
}

void member_state::heed_fences(core::steady_time at) {
  const auto fate_of = [&](const std::string& owner) {
    if (!trouble_.empty()) return fences::fate::unknown;
    return membership_.lives(owner, at) ? fences::fate::alive : fences::fate::dead;
  };
  for (const auto id : fences_.due(at, last_view_, fate_of))
    end_calls(id);
  for (const auto& [id, h] : estate_.all())
    if (h.made()) heed_lease(id, h.lease->holds(at + lease_guard));
}

void member_state::heed_lease(std::int64_t provider_id, bool holds) {
  auto& h = *estate_.find(provider_id);
  if (h.lapsed == holds) {
    h.lapsed = !holds;
    if (holds) return proclaim(provider_id, h);
    spdlog::warn("the lease of provider {} cannot be renewed", h.facts.name);
    vacate(provider_id, lease_guard); // its slices are void
    for (const auto& [name, p] : peers_)
      self_->send(p.handle, atom::lost_v, facts_.incarnation, provider_id);
  }
  // Whoever takes over need not wait for a report: the presence of this node ends with its leases.
  if (h.lapsed) end_calls(provider_id);
}

void member_state::proclaim(std::int64_t provider_id, const estate::holding& h) {
  claims_[provider_id] = {facts_.incarnation, h.epoch, h.scheduler, h.ledger};
  point(provider_id);
  for (const auto& [name, p] : peers_)
    tell_owner(p.handle, provider_id, h);
}

void member_state::tell_owner(const actors::peer_actor& whom, std::int64_t provider_id, const estate::holding& h) {
  if (provider_id == ledger_id)
    self_->send(whom, atom::route_v, facts_.incarnation, h.epoch, actors::accounts_actor{h.ledger});
  else
    self_->send(whom, atom::route_v, facts_.incarnation, provider_id, h.epoch, h.scheduler);
}

bool member_state::wanted(std::int64_t id) const {
  if (id == ledger_id) return parts_.make.ledger != nullptr;
  const auto* p = snapshot_->find_provider(id);
  return p != nullptr && p->enabled;
}

placed_provider member_state::placed(std::int64_t id) const {
  const auto* p = snapshot_->find_provider(id);
  return {id, p == nullptr ? std::vector<std::string>{} : p->reachable_from};
}

void member_state::end_calls(std::int64_t provider_id) {
  for (const auto& [name, ingress] : ingresses_)
    self_->send(ingress, atom::lost_v, provider_id);
}

void member_state::reconsider() {
  if (phase_ != phase::serving || failed_) return;
  const auto at = now();
  const auto joined = membership_.joined();
  const auto expected = membership_.expected(at);
  std::vector<std::int64_t> to_leave;
  for (const auto& [id, h] : estate_.all()) {
    // Nobody can take it over without the database.
    if (!wanted(id) || (trouble_.empty() && choose_owner(placed(id), joined) != parts_.name)) to_leave.push_back(id);
  }
  for (const auto id : to_leave)
    hand_over(id);
  if (!promises_.empty() || !trouble_.empty()) return;
  const auto consider = [&](std::int64_t id) {
    if (!wanted(id) || estate_.find(id) != nullptr || choose_owner(placed(id), expected) != parts_.name) return;
    if (const auto& a = attempts_[id]; !a.under_way && at >= a.due) acquire(id);
  };
  consider(ledger_id);
  for (const auto& p : snapshot_->providers)
    consider(p.id);
}

void member_state::acquire(std::int64_t provider_id) {
  auto& a = attempts_[provider_id];
  if (a.under_way) return;
  a.under_way = true;
  self_
      ->request(own().registry, database_time, acquire_job(lease_name(provider_id), facts_, own().times, *parts_.clock))
      .then(
          [this, provider_id](const actors::store_reply& r) {
            auto& mine = attempts_[provider_id];
            mine.under_way = false;
            mine.due = now() + latest_retry;
            const auto& reply = read_reply<tenure>(r);
            if (reply) return acquired(provider_id, *reply);
            database_failed(reply.error());
          },
          [this, provider_id](const caf::error&) {
            attempts_[provider_id] = {false, now() + latest_retry};
            database_failed(unanswered());
          });
}

void member_state::acquired(std::int64_t provider_id, const tenure& got) {
  auto* h = estate_.find(provider_id);
  if (!got.lease.mine) {
    const auto wait = duration_cast<milliseconds>(got.lease.remaining) + milliseconds{5};
    if (h != nullptr) estate_.drop(provider_id);
    // Nobody is known to own it, but this is for how long somebody may.
    if (h != nullptr || (provider_id != ledger_id && !claims_.contains(provider_id))) vacate(provider_id, wait);
    attempts_[provider_id].due = now() + std::clamp(wait, soonest_retry, latest_retry);
    return;
  }
  const auto epoch = got.lease.epoch << restart_bits;
  if (h != nullptr && h->lease->epoch() == epoch) return h->lease->extend(got.until);
  if (phase_ != phase::serving || !wanted(provider_id)) return hand_over(provider_id);
  auto lease = std::make_shared<scheduling::lease>(epoch, got.until);
  if (provider_id == ledger_id) {
    spdlog::info("owner of the ledger with epoch {}", got.lease.epoch);
    return estate_.hold_ledger(std::move(lease));
  }
  const auto& p = *snapshot_->find_provider(provider_id);
  spdlog::info("owner of provider {} with epoch {}", p.name, got.lease.epoch);
  estate_.hold(p, std::move(lease));
}

void member_state::hand_over(std::int64_t provider_id) {
  estate_.drop(provider_id);
  if (const auto at = claims_.find(provider_id); at != claims_.end() && at->second.incarnation == facts_.incarnation)
    vacate(provider_id, {});
  const auto tell = [this, provider_id] {
    for (const auto& [name, p] : peers_)
      self_->send(p.handle, atom::give_back_v, facts_.incarnation, provider_id);
  };
  // Whoever comes next is told when the lease is free; should the database fail, it runs out.
  self_->request(own().registry, database_time, release_job(lease_name(provider_id), facts_.incarnation))
      .then([tell](const actors::store_reply&) { tell(); }, [tell](const caf::error&) { tell(); });
}

void member_state::published(std::int64_t id, std::uint64_t epoch, const actors::scheduler_actor& scheduler) {
  // A dead node's presence may outlast its lease by what lies between the two in its last heartbeat. That end is nearer
  // than the fence for a node that is silent.
  if (const auto left = membership_.lingering(now()); left.count() > 0 && left < own().times.heartbeat) {
    self_->delayed_send(self_, left, atom::route_v, id, epoch, scheduler);
    return;
  }
  // All whose requests may still run report first. A dead owner of before is not among them: its lease and its
  // presence run out together, and that was the fence of all that ran there.
  const auto reporters = membership_.may_run(now());
  if (const auto* h = estate_.published(id, epoch, scheduler, reporters, report_fence_of(own().times)))
    if (!h->lapsed) proclaim(id, *h);
}

void member_state::published(std::uint64_t epoch, const actors::ledger_actor& ledger) {
  if (const auto left = membership_.lingering(now()); left.count() > 0 && left < own().times.heartbeat) {
    self_->delayed_send(self_, left, atom::route_v, epoch, ledger);
    return;
  }
  const auto* h = estate_.published(epoch, ledger, membership_.may_run(now()), report_fence_of(own().times));
  if (h == nullptr) return;
  self_->send(parts_.catalog, atom::subscribe_v, actors::follower_actor{ledger});
  if (!h->lapsed) proclaim(ledger_id, *h);
}

caf::result<bool> member_state::leave() {
  auto promise = self_->make_response_promise<bool>();
  phase_ = phase::leaving;
  std::vector<std::string> resources;
  while (!estate_.all().empty()) {
    const auto id = estate_.all().begin()->first;
    resources.push_back(lease_name(id));
    estate_.drop(id);
  }
  for (const auto& [id, name] : stand_ins_)
    self_->send(parts_.supervisor, atom::retire_v, name);
  // Both answer when what went before is done: the leases are free, and the SUPERVISOR has ended the actors, so that
  // whoever ends it next leaves no orphans.
  struct parting {
    int open = 2;
    bool released = true;
  };
  auto both = std::make_shared<parting>();
  const auto done = [this, promise, both](bool fine) {
    both->released = both->released && fine;
    if (--both->open != 0) return;
    for (const auto& [name, p] : peers_)
      self_->send(p.handle, atom::leave_v, facts_.incarnation);
    auto answer = promise;
    answer.deliver(both->released);
  };
  self_->request(own().registry, own().times.lease, leave_job(facts_, std::move(resources)))
      .then([done](const actors::store_reply& r) { done(read_reply<bool>(r).has_value()); },
            [done](const caf::error&) { done(false); });
  self_->request(parts_.supervisor, own().times.lease, atom::status_v)
      .then([done](const actors::actor_status&) { done(true); }, [done](const caf::error&) { done(false); });
  return promise;
}

} // namespace logos::cluster
