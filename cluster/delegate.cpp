// SPDX-License-Identifier: MIT
#include "cluster/delegate.hpp"

#include <algorithm>

namespace logos::cluster {
namespace {

using core::ec;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds tick_every{250};
constexpr int ticks_per_period = 4; // of observing a slice
// An INGRESS answers at once; one that has not by then is dead, and its successor will be heard later.
constexpr int ticks_until_ready = 4;
// The owner refuses by itself; what it has not refused by then it has forgotten.
constexpr milliseconds patience_slack{2000};

// Permits of slices that have ended, before the owner is told without other cause; the tick tells it in any case.
constexpr std::size_t most_settled = 256;

constexpr std::uint64_t local_bit = std::uint64_t{1} << 63;

/// The owner must know at once: it closes its gate, or sends less.
bool asks_for_a_pause(const actors::release& r) {
  return r.retry_after_s != 0 || r.status == 429 || r.status == 503 || r.status == 529;
}

std::int64_t us(core::steady_time::duration d) { return duration_cast<microseconds>(d).count(); }

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
  self_->delayed_send(self_, tick_every, atom::tick_v);
  return {
      [this](atom::adopt, std::uint64_t epoch, const actors::scheduler_actor& owner) { adopt(epoch, owner); },
      [this](atom::gone) { lose_owner(); },
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
  r.retry_after_s = 5;
  r.message = std::move(message);
  r.round = w.ticket.round;
  self_->send(w.asker, std::move(r));
}

void delegate_state::forget(std::unordered_map<ticket_key, waiting, ticket_hash>::iterator at) {
  const auto count = waiting_by_deployment_.find(at->first.deployment_id);
  if (--count->second == 0) waiting_by_deployment_.erase(count);
  waiting_.erase(at);
}

// --- towards the owner ---

void delegate_state::adopt(std::uint64_t epoch, const actors::scheduler_actor& owner) {
  if (epoch < epoch_) return; // a former owner's, overtaken on the way
  owner_ = owner;
  epoch_ = epoch;
  if (ready_) settle_accounts();
}

void delegate_state::lose_owner() {
  owner_ = nullptr;
  // Whether it is the owner that is cut off or we, nobody knows; the places may be counted as free by now.
  slices_.clear();
  for (auto& [key, r] : running_)
    r.reported = true; // by the next inventory, before anything else is said
  for (auto& [key, w] : waiting_)
    w.sent = false;
  outbox_ = {};
}

void delegate_state::settle_accounts() {
  slices_.clear();
  outbox_ = {};
  actors::inventory all;
  all.requester = post_.node;
  all.permits.reserve(running_.size());
  for (auto& [key, r] : running_) {
    r.reported = true;
    all.permits.push_back(r.facts);
  }
  self_->send(owner_, std::move(all), actors::requester_actor{self_});
  const auto now = clock_.steady();
  for (auto& [key, w] : waiting_)
    submit(w, now);
}

void delegate_state::submit(waiting& w, core::steady_time now) {
  w.sent = true;
  w.round = ++rounds_;
  auto t = w.ticket;
  t.round = w.round;
  t.waited_us = us(now - w.arrived);
  t.defer_us = std::max<std::int64_t>(t.defer_us - (t.waited_us - w.ticket.waited_us), 0);
  t.patience_us = std::max<std::int64_t>(us(w.patience - now), 0);
  outbox_.tickets.push_back(std::move(t));
  schedule_flush();
}

void delegate_state::pass_on(const actors::offer& o) {
  if (o.epoch != epoch_ || !owner_) return; // of an owner whose account is closed
  const auto at = waiting_.find({o.request, o.deployment_id});
  // One that was made before the account was settled, or for a ticket that was withdrawn, is not on the books there.
  if (at == waiting_.end() || !at->second.sent || at->second.round != o.round) return end_unwanted(o);
  const auto w = std::move(at->second);
  forget(at);
  const auto& t = w.ticket;
  running r{{t.request, o.permit, o.epoch, t.deployment_id, t.model_id, t.process_id}, w.asker, !t.sole, false, false};
  running_.insert_or_assign({o.permit, o.epoch}, std::move(r));
  permit_of_[{t.request, t.deployment_id}] = {o.permit, o.epoch};
  auto offer = o;
  offer.queued_us = us(clock_.steady() - w.arrived);
  offer.round = t.round;
  self_->send(w.asker, offer);
}

void delegate_state::end_unwanted(const actors::offer& o) {
  // The withdrawal that crossed it has ended it; should it not have, this does. A permit that is unknown by then is no
  // harm.
  actors::release r;
  r.permit = o.permit;
  r.epoch = o.epoch;
  r.deployment_id = o.deployment_id;
  r.code = static_cast<std::uint8_t>(ec::client_gone);
  outbox_.releases.push_back(r);
  schedule_flush();
}

void delegate_state::pass_on(const actors::refusal& r) {
  auto refusal = r;
  if (const auto left = parting_.find(r.round); left != parting_.end()) {
    refusal.round = left->second.round;
    self_->send(left->second.asker, std::move(refusal));
    parting_.erase(left);
    return;
  }
  const auto at = waiting_.find({r.request, r.deployment_id});
  if (at == waiting_.end() || !at->second.sent || at->second.round != r.round) return;
  refusal.round = at->second.ticket.round;
  self_->send(at->second.asker, std::move(refusal));
  forget(at);
}

void delegate_state::recall(std::int64_t deployment_id) {
  if (!owner_) return;
  // Answered even when there is nothing: the owner need not wait.
  actors::slice s{deployment_id, epoch_, slices_.recall(deployment_id, clock_.steady())};
  self_->send(owner_, atom::give_back_v, s, actors::requester_actor{self_});
}

void delegate_state::arrived(const actors::slice& s) {
  if (s.epoch == epoch_ && owner_) slices_.arrived(s.deployment_id, s.places, clock_.steady());
}

void delegate_state::give_back(std::int64_t deployment_id, std::uint32_t places) {
  if (places == 0 || !owner_) return;
  self_->send(owner_, atom::give_back_v, actors::slice{deployment_id, epoch_, places}, actors::requester_actor{self_});
}

void delegate_state::ask_for_more(std::int64_t deployment_id, core::steady_time now) {
  if (const auto n = slices_.wanted(deployment_id, now); n != 0)
    self_->send(owner_, atom::lease_v, actors::slice{deployment_id, epoch_, n}, actors::requester_actor{self_});
}

void delegate_state::schedule_flush() {
  if (flush_due_ || !owner_ || !ready_) return;
  flush_due_ = true;
  // Comes after what lies in the mailbox now, so that one message to another node carries what all of it causes.
  self_->send(self_, atom::flush_v);
}

void delegate_state::flush() {
  flush_due_ = false;
  const auto& b = outbox_;
  const bool nothing =
      b.settled.empty() && b.releases.empty() && b.withdrawals.empty() && b.acceptances.empty() && b.tickets.empty();
  if (nothing || !owner_ || !ready_) return;
  self_->send(owner_, std::exchange(outbox_, {}), actors::requester_actor{self_});
}

// --- time ---

void delegate_state::tick() {
  self_->delayed_send(self_, tick_every, atom::tick_v);
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
