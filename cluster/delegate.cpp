// SPDX-License-Identifier: MIT
#include "cluster/delegate.hpp"

#include <algorithm>
#include <tuple>

namespace logos::cluster {
namespace {

using core::ec;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds retry_every{250};
constexpr int ticks_per_period = 4; // of observing a slice
// An INGRESS answers at once; one that has not by then is dead, and its successor will be heard later.
constexpr int ticks_until_ready = 4;
// The owner refuses by itself; what it has not refused by then it has forgotten.
constexpr milliseconds patience_slack{2000};
constexpr std::uint32_t unanswered_retry_s = 5; // behind an owner that has not answered

// Permits of slices that have ended, before the owner is told without other cause; the tick tells it in any case.
constexpr std::size_t most_settled = 256;

constexpr std::uint64_t local_bit = std::uint64_t{1} << 63;

/// The owner must know at once: it closes its gate, or sends less.
bool asks_for_a_pause(const actors::release& r) {
  return r.retry_after_s != 0 || r.status == 429 || r.status == 503 || r.status == 529;
}

} // namespace

delegate_state::delegate_state(actors::self_pointer<delegate_state> self, delegate_post post, const core::clock& clock,
                               std::uint64_t seed)
    : self_{self},
      post_{std::move(post)},
      clock_{clock},
      next_permit_{local_bit | (seed << 32 & ~local_bit)},
      unheard_{post_.requesters.begin(), post_.requesters.end()},
      ready_{unheard_.empty()} {}

delegate_state::handle::behavior_type delegate_state::make_behavior() {
  self_->delayed_send(self_, retry_every, atom::tick_v);
  return {
      [this](atom::adopt, std::uint64_t epoch, const actors::scheduler_actor& owner) { adopt(epoch, owner); },
      [this](atom::gone, std::int64_t vacant_in_us) { lose_owner(microseconds{vacant_in_us}); },
      [this](atom::flush) { flush(); },
      [this](atom::tick) { tick(); },
      [this](const actors::ticket& t, const actors::requester_actor& asker) { queue(t, asker); },
      [this](const actors::acceptance& a) { accept(a); },
      [this](const actors::withdrawal& w) { withdraw(w); },
      [this](const actors::release& r) { release(r); },
      [this](const actors::inventory& i, const actors::requester_actor& asker) { take_inventory(i, asker); },
      // INGRESSes lease nothing.
      [](atom::lease, const actors::slice&, const actors::requester_actor&) {},
      [](atom::give_back, const actors::slice&, const actors::requester_actor&) {},
      [this](const actors::provider_terms& t) { queue_limit_ = t.queue_per_model; },
      [this](const actors::provider_observation& o) {
        if (owner_) self_->send(owner_, o);
      },
      [](atom::adopt, const actors::loader_actor&) {}, // the owner's own affair
      [](atom::recover, const std::vector<std::string>&, std::int64_t) {},
      [](atom::lost, const std::string&, std::int64_t) {},
      [this](const actors::bundle& b, const actors::requester_actor& asker) {
        for (const auto& r : b.releases)
          release(r);
        for (const auto& w : b.withdrawals)
          withdraw(w);
        for (const auto& a : b.acceptances)
          accept(a);
        for (const auto& t : b.tickets)
          queue(t, asker);
      },
      [this](atom::explain, const core::uuid& request) { return explain(request); },
      [this](atom::explain, const actors::queue_question& asked) { return explain(asked); },
      [this](atom::order, std::int64_t deployment, bool load) { return pass_on(deployment, load); },
      [this](atom::status) { return self_->vitals(condition()); },
      [this](const actors::offer& o) { pass_on(o); },
      [this](const actors::refusal& r) { pass_on(r); },
      [this](const actors::slice& s) { arrived(s); },
      [this](atom::recall, std::int64_t deployment_id) { recall(deployment_id); },
  };
}

// --- towards the INGRESSes ---

void delegate_state::queue(const actors::ticket& t, const actors::requester_actor& asker) {
  const auto now = clock_.steady();
  const ticket_key key{t.request, t.deployment_id};
  if (const auto known = waiting_.find(key); known != waiting_.end()) {
    // Asked again by an INGRESS that was made again: it keeps its place.
    known->second.asker = asker;
    known->second.ticket.round = t.round;
    known->second.stale = 0;
    return;
  }
  if (t.defer_us == 0 && grant_here(t, asker, now)) return;
  waiting w{t, asker, now - microseconds{t.waited_us}, now + microseconds{t.patience_us}};
  const auto ahead = waiting_by_deployment_.find(t.deployment_id);
  if (!owner_ && queue_limit_ != 0 && ahead != waiting_by_deployment_.end() && ahead->second >= queue_limit_)
    return refuse(w, ec::queue_full, "Too many requests wait while the provider's scheduler is being taken over.");
  ++waiting_by_deployment_[t.deployment_id];
  auto& entry = waiting_.emplace(key, std::move(w)).first->second;
  if (owner_ && ready_) {
    submit(entry, now);
    ask_for_more(t.deployment_id, now);
  }
}

bool delegate_state::grant_here(const actors::ticket& t, const actors::requester_actor& asker, core::steady_time now) {
  // Nobody overtakes those who wait at the owner.
  if (!owner_ || !ready_ || contended(t.deployment_id) || !slices_.take(t.deployment_id)) return false;
  actors::offer o;
  o.request = t.request;
  o.deployment_id = t.deployment_id;
  o.provider_id = t.provider_id;
  o.permit = next_permit_++;
  o.epoch = epoch_;
  o.queued_us = t.waited_us;
  o.in_flight_at_arrival = static_cast<std::uint32_t>(running_.size());
  o.round = t.round;
  o.depth_at_schedule = 0; // nothing is leased while anybody waits
  o.priority = t.priority;
  running r{{t.request, o.permit, o.epoch, t.deployment_id, t.model_id, t.process_id}, asker, !t.sole, true, false};
  running_.emplace(permit_key{o.permit, o.epoch}, std::move(r));
  permit_of_[{t.request, t.deployment_id}] = {o.permit, o.epoch};
  self_->send(asker, o);
  ask_for_more(t.deployment_id, now);
  return true;
}

void delegate_state::accept(const actors::acceptance& a) {
  const auto at = running_.find({a.permit, a.epoch});
  if (at == running_.end() || !at->second.open) return;
  at->second.open = false;
  // A slice's permit and one that the owner took over from an inventory count as accepted there.
  if (at->second.leased || at->second.reported) return;
  outbox_.acceptances.push_back(a);
  schedule_flush();
}

void delegate_state::withdraw(const actors::withdrawal& w) {
  const ticket_key key{w.request, w.deployment_id};
  if (const auto at = waiting_.find(key); at != waiting_.end()) {
    const auto left = std::move(at->second);
    forget(at);
    const bool known = left.sent && owner_;
    if (w.answered && !known) refuse(left, ec::client_gone, "It was withdrawn.");
    if (!left.sent) return;
    const auto same = [&](const actors::ticket& t) {
      return t.request == w.request && t.deployment_id == w.deployment_id;
    };
    if (std::erase_if(outbox_.tickets, same) != 0) {
      if (w.answered && known) refuse(left, ec::client_gone, "It was withdrawn.");
      return;
    }
    if (w.answered && known) parting_[left.round] = {left.asker, left.ticket.round, ticks_};
    outbox_.withdrawals.push_back(w);
    return schedule_flush();
  }
  const auto granted = permit_of_.find(key);
  if (granted == permit_of_.end()) return;
  const auto at = running_.find(granted->second);
  actors::release r;
  std::tie(r.permit, r.epoch) = granted->second;
  r.deployment_id = w.deployment_id;
  r.code = static_cast<std::uint8_t>(ec::client_gone);
  end_permit(at, r);
}

void delegate_state::release(const actors::release& r) {
  if (const auto at = running_.find({r.permit, r.epoch}); at != running_.end()) end_permit(at, r);
}

void delegate_state::end_permit(permits::iterator at, const actors::release& r) {
  const auto ended = std::move(at->second);
  running_.erase(at);
  permit_of_.erase({ended.facts.request, ended.facts.deployment_id});
  if (ended.leased && !ended.reported) {
    // One that never began has nothing to teach. What the others teach is not urgent: it goes with whatever goes next,
    // so that a request served from a slice costs the owner's node no message of its own.
    if (!ended.open) outbox_.settled.push_back(r);
    if (outbox_.settled.size() >= most_settled || asks_for_a_pause(r)) schedule_flush();
    // Who has refused one is not asked again without the owner.
    if (asks_for_a_pause(r)) give_back(r.deployment_id, slices_.recall(r.deployment_id, clock_.steady()));
    give_back(r.deployment_id, slices_.put_back(r.deployment_id, contended(r.deployment_id)));
  } else {
    outbox_.releases.push_back(r);
    schedule_flush();
  }
}

void delegate_state::take_inventory(const actors::inventory& i, const actors::requester_actor& asker) {
  auto& known = askers_[i.requester];
  const auto before = known ? known : asker;
  known = asker;
  const bool was_ready = ready_;
  bool news = false;
  std::set<permit_key> held;
  for (const auto& facts : i.permits) {
    const permit_key key{facts.permit, facts.epoch};
    held.insert(key);
    const auto [at, added] = running_.try_emplace(key, running{facts, asker});
    at->second.asker = asker;
    if (added) permit_of_[{facts.request, facts.deployment_id}] = key;
    news = news || added;
  }
  // What its predecessor had and it does not have has ended with it.
  std::vector<permit_key> ended;
  if (before != asker)
    for (const auto& [key, r] : running_)
      if (r.asker == before && !held.contains(key)) ended.push_back(key);
  for (const auto& key : ended) {
    const auto at = running_.find(key);
    actors::release r;
    std::tie(r.permit, r.epoch) = key;
    r.deployment_id = at->second.facts.deployment_id;
    r.code = static_cast<std::uint8_t>(ec::internal);
    end_permit(at, r);
  }
  if (before != asker)
    for (auto& [key, w] : waiting_)
      if (w.asker == before) w.stale = 1;
  unheard_.erase(i.requester);
  ready_ = ready_ || unheard_.empty();
  if (owner_ && ready_ && (!was_ready || news)) settle_accounts();
}

void delegate_state::refuse(const waiting& w, ec code, std::string message) {
  actors::refusal r;
  r.request = w.ticket.request;
  r.deployment_id = w.ticket.deployment_id;
  r.provider_id = w.ticket.provider_id;
  r.code = static_cast<std::uint8_t>(code);
  r.retry_after_s = retry_after_s();
  r.message = std::move(message);
  r.round = w.ticket.round;
  self_->send(w.asker, std::move(r));
}

/// Until another node can own the provider: nothing more is known without an owner. One that has said nothing is lost
/// by then, or answers.
std::uint32_t delegate_state::retry_after_s() const {
  if (owner_) return unanswered_retry_s;
  const auto left = std::chrono::ceil<std::chrono::seconds>(vacant_at_ - clock_.steady());
  return static_cast<std::uint32_t>(std::max<std::int64_t>(left.count(), 1));
}

void delegate_state::forget(std::unordered_map<ticket_key, waiting, ticket_hash>::iterator at) {
  const auto count = waiting_by_deployment_.find(at->first.deployment_id);
  if (--count->second == 0) waiting_by_deployment_.erase(count);
  waiting_.erase(at);
}

// --- time ---

void delegate_state::tick() {
  self_->delayed_send(self_, retry_every, atom::tick_v);
  const auto now = clock_.steady();
  if (++ticks_ == ticks_until_ready && !ready_) {
    ready_ = true;
    if (owner_) settle_accounts();
  }
  std::vector<ticket_key> ended;
  for (auto& [key, w] : waiting_) {
    if (w.stale != 0) ++w.stale;
    if (w.stale > ticks_until_ready || now >= w.patience + (w.sent ? patience_slack : milliseconds{0}))
      ended.push_back(key);
  }
  for (const auto& key : ended) {
    const auto w = waiting_.at(key);
    withdraw({key.request, key.deployment_id});
    if (w.stale == 0) refuse(w, ec::queue_timeout, "No place became free in the time that the request may wait.");
  }
  for (const auto& [deployment_id, count] : waiting_by_deployment_)
    if (const auto unused = slices_.free_places(deployment_id); unused != 0)
      give_back(deployment_id, slices_.recall(deployment_id, now));
  if (!outbox_.settled.empty()) schedule_flush();
  std::erase_if(parting_, [&](const auto& each) { return each.second.tick + 1 < ticks_; }); // nobody waits for that now
  if (ticks_ % ticks_per_period == 0)
    for (const auto& [deployment_id, places] : slices_.close_period())
      give_back(deployment_id, places);
}

} // namespace logos::cluster
