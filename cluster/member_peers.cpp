// SPDX-License-Identifier: MIT
#include "cluster/forecasts.hpp"
#include "cluster/member.hpp"

#include <algorithm>

namespace logos::cluster {
namespace {

constexpr std::uint32_t wire_version = 14;

/// CAF's id of the node, which an incarnation begins with.
std::string_view caf_id(std::string_view incarnation) { return incarnation.substr(0, incarnation.find('.')); }

} // namespace

actors::node_card member_state::card() const {
  actors::node_card c;
  c.cluster = own().name;
  c.node = parts_.name;
  c.incarnation = facts_.incarnation;
  c.http_listen = parts_.http_listen;
  c.wire = wire_version;
  for (const auto& [incarnation, until] : promises_)
    if (until > now()) c.promised.push_back(incarnation);
  return c;
}

std::string member_state::objection(const actors::node_card& c) const {
  if (c.cluster != own().name)
    return "node " + c.node + " belongs to cluster '" + c.cluster + "', not '" + own().name + "'";
  if (c.wire != wire_version)
    return "node " + c.node + " speaks version " + std::to_string(c.wire) + " of the protocol, this one " +
           std::to_string(wire_version);
  if (c.node == parts_.name) return "two nodes are named '" + c.node + "'; give each its own cluster.node";
  if (caf_id(c.incarnation) == caf_id(facts_.incarnation))
    return "node " + c.node + " has the same id as this one; give each container its own MAC address";
  return {};
}

void member_state::meet(const std::string& name, const actors::peer_actor& found, const std::string& trouble) {
  if (!found) {
    spdlog::warn("node {} cannot be reached: {}", name, trouble);
    if (auto* m = membership_.find(name)) m->trouble = trouble;
    return;
  }
  self_->request(found, own().times.heartbeat, atom::hello_v, card(), caf::strong_actor_ptr{self_->ctrl()})
      .then(
          [this, found](const actors::node_card& c) {
            const auto why = objection(c);
            if (why.empty()) return welcome(c, found);
            spdlog::error("cannot join: {}", why);
            if (auto* m = membership_.find(c.node)) m->trouble = why;
          },
          [this, who = name](const caf::error& e) {
            const auto why = self_->system().render(e);
            spdlog::warn("node {} did not greet back: {}", who, why);
            if (auto* m = membership_.find(who)) m->trouble = why;
          });
}

caf::result<actors::node_card> member_state::greeted(const actors::node_card& c, const caf::strong_actor_ptr& from) {
  const auto why = from ? objection(c) : "it has no handle";
  if (!why.empty()) {
    spdlog::error("a node may not join: {}", why);
    return caf::make_error(caf::sec::invalid_argument, why);
  }
  welcome(c, caf::actor_cast<actors::peer_actor>(from));
  return card();
}

void member_state::welcome(const actors::node_card& c, const actors::peer_actor& joiner) {
  if (const auto known = peers_.find(c.node); known != peers_.end()) {
    // Both have dialled; or it had lost us, and has forgotten what we own.
    if (known->second.incarnation == c.incarnation && known->second.handle == joiner) return tell_all(joiner);
    if (known->second.incarnation != c.incarnation) lose(c.node);
  }
  spdlog::info("node {} has joined ({})", c.node, c.incarnation);
  self_->monitor(joiner);
  peers_[c.node] = {joiner, c.incarnation, now()};
  membership_.join(c.node, c.incarnation, now());
  self_->send(connector_, atom::gone_v, c.node);
  for (const auto& incarnation : c.promised)
    if (incarnation != facts_.incarnation) promises_[incarnation] = now() + own().times.lease;
  tell_all(joiner);
  reconsider();
}

void member_state::tell_all(const actors::peer_actor& joiner) {
  for (const auto& [id, h] : estate_.all()) {
    if (h.made() && !h.lapsed) tell_owner(joiner, id, h);
    if (const auto* seen = sightings_.find(id)) self_->send(joiner, facts_.incarnation, *seen);
  }
}

void member_state::lose(const std::string& name) {
  const auto at = peers_.find(name);
  if (at == peers_.end()) return;
  spdlog::warn("node {} is lost", name);
  self_->demonitor(at->second.handle->address());
  const auto incarnation = at->second.incarnation;
  const auto answered = at->second.answered;
  // Who has said good-bye has given its leases back. Any other has renewed them by now at the latest.
  const auto lease_left = membership_.find(name) == nullptr ? std::chrono::milliseconds{0} : own().times.lease;
  peers_.erase(at);
  membership_.lose(name, now());
  const auto fence = std::chrono::duration_cast<std::chrono::microseconds>(fence_of(own().times)).count();
  for (const auto& [id, h] : estate_.all())
    if (h.scheduler)
      self_->send(h.scheduler, atom::lost_v, name, static_cast<std::int64_t>(fence));
    else if (h.ledger)
      self_->send(h.ledger, atom::lost_v, name, static_cast<std::int64_t>(fence));
  forget_claims(incarnation, answered, lease_left);
  next_beat_ = now(); // who else is there, and what is free
  reconsider();
  heed_spreads();
}

void member_state::farewell(const std::string& incarnation) {
  for (const auto& [name, p] : peers_) {
    if (p.incarnation != incarnation) continue;
    const auto who = name;
    spdlog::info("node {} leaves", who);
    membership_.forget(who); // before it is lost: nothing of it is waited for
    return lose(who);
  }
}

void member_state::forget_claims(const std::string& incarnation, core::steady_time answered,
                                 std::chrono::milliseconds lease_left) {
  std::vector<std::int64_t> ownerless;
  for (const auto& [id, c] : claims_)
    if (c.incarnation == incarnation) ownerless.push_back(id);
  for (const auto id : ownerless) {
    attempts_[id].due = {};
    fences_.raise(id, incarnation, answered);
    vacate(id, lease_left);
  }
}

void member_state::dial_missing(core::steady_time at) {
  for (const auto& [name, m] : membership_.members()) {
    if (m.joined || m.facts.address.empty()) continue;
    if (caf_id(m.facts.incarnation) == caf_id(facts_.incarnation)) {
      // Not even a connection between them would stand.
      if (m.trouble.empty())
        spdlog::error("node {} has the same id as this one; give each container its own MAC address", name);
      membership_.find(name)->trouble = "it has the same id as this node";
      continue;
    }
    // One of two dials first, so that they do not cross; the other steps in when nothing comes of it.
    if (parts_.name > name && at - std::max(m.first_listed, m.lost) < 2 * own().times.heartbeat) continue;
    self_->send(connector_, atom::adopt_v, name, m.facts.address);
  }
}

void member_state::send_pulses(core::steady_time at) {
  next_pulse_ = at + own().times.heartbeat / 2;
  std::vector<std::string> silent;
  for (const auto& [name, p] : peers_)
    if (at - p.answered > own().times.lease) silent.push_back(name);
  for (const auto& name : silent)
    lose(name);
  actors::pulse beat;
  beat.incarnation = facts_.incarnation;
  beat.catalog = snapshot_->version;
  if (parts_.outlooks) beat.outlooks = own_forecasts(*parts_.outlooks);
  if (!trouble_.empty()) beat.keep_us = std::chrono::microseconds{own().times.lease}.count();
  for (const auto& [name, p] : peers_)
    self_->request(p.handle, own().times.lease, atom::pulse_v, beat)
        .then(
            [this, who = name, incarnation = p.incarnation, at](const actors::pulse& answer) {
              const auto known = peers_.find(who);
              if (known == peers_.end() || known->second.incarnation != incarnation) return;
              known->second.answered = now();
              if (answer.promised) known->second.promised = at;
              if (answer.catalog > snapshot_->version) self_->send(parts_.catalog, atom::tick_v);
            },
            [](const caf::error&) {}); // its silence is seen at the next one
}

actors::pulse member_state::pulse_of(const actors::pulse& from) {
  if (parts_.outlooks) cluster::adopt(*parts_.outlooks, from.outlooks);
  actors::pulse answer;
  answer.incarnation = facts_.incarnation;
  answer.catalog = snapshot_->version;
  const bool reaching =
      std::any_of(attempts_.begin(), attempts_.end(), [](const auto& a) { return a.second.under_way; });
  if (from.keep_us > 0 && !reaching) {
    promises_[from.incarnation] = now() + std::chrono::microseconds{from.keep_us};
    answer.promised = true;
  }
  return answer;
}

void member_state::claimed(const std::string& incarnation, std::int64_t provider_id, std::uint64_t epoch,
                           const actors::scheduler_actor& scheduler) {
  auto& c = claims_[provider_id];
  if (epoch < c.epoch) return;
  c = {incarnation, epoch, scheduler, {}};
  overtaken(provider_id, epoch);
}

void member_state::claimed(const std::string& incarnation, std::uint64_t epoch, const actors::accounts_actor& ledger) {
  auto& c = claims_[ledger_id];
  if (epoch < c.epoch) return;
  c = {incarnation, epoch, {}, ledger};
  overtaken(ledger_id, epoch);
}

void member_state::overtaken(std::int64_t id, std::uint64_t epoch) {
  if (const auto* h = estate_.find(id); h != nullptr && h->lease->epoch() < epoch) estate_.drop(id);
  point(id);
}

void member_state::lapsed(const std::string& incarnation, std::int64_t provider_id) {
  const auto at = claims_.find(provider_id);
  if (at == claims_.end() || at->second.incarnation != incarnation) return;
  fences_.lapse(provider_id, incarnation, now());
  attempts_[provider_id].due = {};
  vacate(provider_id, lease_guard);
}

void member_state::given_up(const std::string& incarnation, std::int64_t provider_id) {
  if (const auto at = claims_.find(provider_id); at != claims_.end() && at->second.incarnation == incarnation)
    vacate(provider_id, {});
  attempts_[provider_id].due = {};
  reconsider();
}

} // namespace logos::cluster
