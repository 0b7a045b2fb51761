// SPDX-License-Identifier: MIT
// DELEGATE towards the owner's SCHEDULER: what it is told, what it answers, and what is leased of it.
#include "cluster/delegate.hpp"

#include <algorithm>
#include <utility>

namespace logos::cluster {
namespace {

std::int64_t us(core::steady_time::duration d) {
  return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
}

} // namespace

void delegate_state::adopt(std::uint64_t epoch, const actors::scheduler_actor& owner) {
  if (epoch < epoch_) return; // a former owner's, overtaken on the way
  owner_ = owner;
  epoch_ = epoch;
  if (ready_) settle_accounts();
}

void delegate_state::lose_owner(std::chrono::microseconds vacant_in) {
  owner_ = nullptr;
  vacant_at_ = clock_.steady() + vacant_in;
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
  r.code = static_cast<std::uint8_t>(core::ec::client_gone);
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

} // namespace logos::cluster
