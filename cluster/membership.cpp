// SPDX-License-Identifier: MIT
#include "cluster/membership.hpp"

#include "cluster/sole.hpp"
#include "storage/store.hpp"

#include <algorithm>

namespace logos::cluster {
namespace {

using std::chrono::microseconds;

template <class T>
actors::store_reply answer(storage::result<T> r) {
  return std::make_shared<storage::result<T>>(std::move(r));
}

/// `conflict` while a gateway works on this database that is not part of the cluster.
storage::result<void> look_for_sole(storage::store& s) {
  const auto leases = s.list_leases();
  if (!leases) return leases.error();
  if (const auto sole = find_sole(*leases)) return beside_sole(*sole);
  return {};
}

} // namespace

actors::store_job announce_job(storage::node_facts facts, rhythm times) {
  return {[facts = std::move(facts), times](storage::store& s) -> actors::store_reply {
    using reply = std::vector<storage::live_node>;
    auto live = s.live_nodes(times.lease);
    if (!live) return answer<reply>(live.error());
    const auto namesake = std::find_if(live->begin(), live->end(), [&](const storage::live_node& n) {
      return n.node == facts.node && n.incarnation != facts.incarnation;
    });
    if (namesake != live->end())
      return answer<reply>(
          core::failure{core::ec::conflict, "Another node named '" + facts.node + "' lives at " + namesake->address +
                                                ". Give each node of a cluster its own cluster.node."});
    if (auto told = s.announce(facts); !told) return answer<reply>(told.error());
    // After it: of two that start at once, one alone and one in the cluster, one at least sees the other.
    if (auto allowed = look_for_sole(s); !allowed) {
      if (auto gone = s.leave(facts.node, facts.incarnation); !gone) return answer<reply>(gone.error());
      return answer<reply>(allowed.error());
    }
    return answer<reply>(std::move(*live));
  }};
}

actors::store_job beat_job(storage::node_facts facts, rhythm times, const core::clock& clock) {
  return {[facts = std::move(facts), times, &clock](storage::store& s) -> actors::store_reply {
    view v;
    v.asked = clock.steady();
    if (auto told = s.heartbeat(facts); !told) return answer<view>(told.error());
    // One may have come while this node had fallen silent.
    if (auto allowed = look_for_sole(s); !allowed) return answer<view>(allowed.error());
    auto held = s.renew_all(facts.incarnation, times.lease);
    if (!held) return answer<view>(held.error());
    auto live = s.live_nodes(times.lease);
    if (!live) return answer<view>(live.error());
    v.held = std::move(*held);
    v.nodes = std::move(*live);
    return answer<view>(std::move(v));
  }};
}

actors::store_job acquire_job(std::string resource, storage::node_facts facts, rhythm times, const core::clock& clock) {
  return {[resource = std::move(resource), facts = std::move(facts), times,
           &clock](storage::store& s) -> actors::store_reply {
    // Whatever the call takes is off the lease: the owner's own clock starts when it asks.
    const auto until = clock.steady() + times.lease;
    auto got = s.acquire(resource, facts.node, facts.incarnation, times.lease);
    if (!got) return answer<tenure>(got.error());
    return answer<tenure>(tenure{std::move(*got), until});
  }};
}

actors::store_job release_job(std::string resource, std::string incarnation) {
  return {[resource = std::move(resource), incarnation = std::move(incarnation)](
              storage::store& s) -> actors::store_reply { return answer<bool>(s.release(resource, incarnation)); }};
}

actors::store_job leave_job(storage::node_facts facts, std::vector<std::string> resources) {
  return {[facts = std::move(facts), resources = std::move(resources)](storage::store& s) -> actors::store_reply {
    for (const auto& resource : resources)
      if (auto done = s.release(resource, facts.incarnation); !done) return answer<bool>(done.error());
    if (auto done = s.leave(facts.node, facts.incarnation); !done) return answer<bool>(done.error());
    return answer<bool>(true);
  }};
}

void membership::read(const view& v) {
  last_view_.clear();
  for (const auto& n : v.nodes) {
    if (n.node == self_) continue;
    last_view_.push_back(n.node);
    auto& m = members_[n.node];
    if (m.facts.incarnation != n.incarnation) { // a new run
      m = {};
      m.first_listed = v.asked;
    }
    m.facts = n;
    m.listed = v.asked - n.age;
  }
  std::erase_if(members_, [&](const auto& item) { return !item.second.joined && !listed(item.second, v.asked); });
}

void membership::join(const std::string& node, const std::string& incarnation, core::steady_time now) {
  auto& m = members_[node];
  if (m.facts.incarnation != incarnation) {
    m = {};
    m.first_listed = now;
    m.facts.node = node;
    m.facts.incarnation = incarnation;
  }
  m.joined = true;
  m.lost = {};
  m.trouble.clear();
  m.listed = std::max(m.listed, now);
}

void membership::lose(const std::string& node, core::steady_time now) {
  if (auto* m = find(node)) {
    m->joined = false;
    m->lost = now;
    m->trouble = "the connection is lost";
  }
}

std::vector<std::string> membership::joined() const {
  std::vector<std::string> names{self_};
  for (const auto& [name, m] : members_)
    if (m.joined) names.push_back(name);
  return names;
}

std::vector<std::string> membership::expected(core::steady_time now) const {
  std::vector<std::string> names{self_};
  for (const auto& [name, m] : members_) {
    // One that lives and cannot be reached from here is waited for no longer than it takes to know.
    const bool soon = m.lost == core::steady_time{} && listed(m, now) && now - m.first_listed < 2 * times_.lease;
    if (m.joined || soon) names.push_back(name);
  }
  return names;
}

std::vector<std::string> membership::may_run(core::steady_time now) const {
  std::vector<std::string> names{self_};
  for (const auto& [name, m] : members_)
    if (m.joined || listed(m, now)) names.push_back(name);
  return names;
}

core::steady_time::duration membership::lingering(core::steady_time now) const {
  core::steady_time::duration left{0};
  for (const auto& [name, m] : members_)
    if (!m.joined && m.lost != core::steady_time{} && listed(m, now))
      left = std::max(left, m.listed + times_.lease - now);
  return left;
}

bool membership::lives(const std::string& incarnation, core::steady_time now) const {
  return std::any_of(members_.begin(), members_.end(), [&](const auto& item) {
    return item.second.facts.incarnation == incarnation && listed(item.second, now);
  });
}

bool membership::complete() const {
  return std::all_of(last_view_.begin(), last_view_.end(), [&](const std::string& name) {
    const auto at = members_.find(name);
    return at != members_.end() && at->second.joined;
  });
}

membership::member* membership::find(const std::string& node) {
  const auto at = members_.find(node);
  return at == members_.end() ? nullptr : &at->second;
}

} // namespace logos::cluster
