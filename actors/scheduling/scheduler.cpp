// SPDX-License-Identifier: MIT
#include "actors/scheduling/scheduler.hpp"

#include "actors/scheduling/spans.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

namespace logos::scheduling {
namespace {

using core::ec;
using std::chrono::microseconds;

constexpr auto reminder_grain = std::chrono::milliseconds{5}; // deadlines closer together share a tick
constexpr auto second_look = std::chrono::milliseconds{250};  // at what changes without a message to us

std::string seconds(core::steady_time::duration d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>{d}.count());
  return text;
}

} // namespace

std::uint64_t standalone_epoch(core::wall_time now) {
  return static_cast<std::uint64_t>(now.time_since_epoch().count());
}

scheduler::scheduler(actors::self_pointer<scheduler> self, const actors::provider_terms& terms,
                     std::shared_ptr<const lease> right, const core::clock& clock, std::shared_ptr<outlooks> shown,
                     std::chrono::milliseconds grace)
    : self_{self},
      right_{right ? std::move(right) : lease::unlimited(standalone_epoch(clock.wall()))},
      clock_{clock},
      permits_{right_->epoch(), places_},
      allowance_{places_, right_->epoch() ^ static_cast<std::uint64_t>(terms.provider_id)},
      gate_{grace},
      shown_{std::move(shown)} {
  adopt(terms);
}

scheduler::~scheduler() {
  for (const auto& each : outlook_)
    if (each) each->open = each->here = false;
}

scheduler::handle::behavior_type scheduler::make_behavior() {
  using actors::requester_actor;
  self_->set_down_handler([this](const caf::down_msg& down) { mourn(down); });
  return {
      [this](const actors::ticket& t, const requester_actor& from) { admit(t, from); },
      [this](const actors::acceptance& a) { accept(a); },
      [this](const actors::withdrawal& w) { withdraw(w); },
      [this](const actors::release& r) { end(r); },
      [this](const actors::inventory& held, const requester_actor& from) { settle(held, from); },
      [this](atom::lease, const actors::slice& wish, const requester_actor& from) { lease_ahead(wish, from); },
      [this](atom::give_back, const actors::slice& s, const requester_actor& from) { take_back(s, from); },
      [this](const actors::provider_terms& terms) { adopt(terms); },
      [this](const actors::provider_observation& seen) { observe(seen); },
      [this](atom::adopt, const actors::loader_actor& loader) { adopt(loader); },
      [this](atom::recover, const std::vector<std::string>& reporters, std::int64_t fence_us) {
        recover(reporters, fence_us);
      },
      [this](atom::lost, const std::string& name, std::int64_t fence_us) { lose(name, fence_us); },
      [this](const actors::bundle& b, const requester_actor& from) { unpack(b, from); },
      [this](atom::explain, const core::uuid& request) { return explain(request); },
      [this](atom::explain, const actors::queue_question& asked) { return list_waiting(asked); },
      [this](atom::order, std::int64_t deployment, bool load) { return obey(deployment, load); },
      [this](atom::status) { return self_->vitals(condition()); },
      [this](atom::tick) { pass_time(); },
      [this](const actors::provider_experience& before) { recall(before); },
  };
}

void scheduler::admit(const actors::ticket& t, const actors::requester_actor& from) {
  if (!from) return; // died on the way here
  const auto now = clock_.steady();
  const auto l = places_.lane_of(t.deployment_id);
  waiting w{.request = t.request,
            .lane = l,
            .requester = number_of(from),
            .process_id = t.process_id,
            .priority = t.priority,
            .mode = t.mode,
            .sole = t.sole,
            .tokens = t.tokens,
            .prompt_tokens = t.prompt_tokens,
            .weight = t.weight,
            .depth_at_arrival = static_cast<std::uint32_t>(queue_.size()),
            .in_flight_at_arrival = places_.taken(),
            .round = t.round};
  if (!t.sole && permits_.offered(t.request, l)) return; // it has come twice
  const bool admits = memory_.admits(l);
  if ((!admits || memory_.drained(l)) && refuse_hopeless(w)) return;
  w.cold = !memory_.in_memory(l);
  w.absences = absences_of(l);
  const bool returns = gate_.recovering() && t.waited_us > 0;
  if (t.defer_us > 0 && !gate_.given_up(now)) {
    w.arrived = now - bounded(t.waited_us);
    w.deadline = now + bounded(t.patience_us);
    return put_aside(w, now + bounded(t.defer_us));
  }
  if (admits && queue_.size(l) == 0 && places_.has_room(l) && may_grant(now) && allowance_.allows(l, now))
    return grant(w, bounded(t.waited_us).count(), now);
  w.arrived = now - bounded(t.waited_us);
  w.deadline = now + bounded(t.patience_us);
  if (gate_.given_up(now)) return refuse_unreachable(w, now);
  enqueue(w, returns, now);
  if (t.patience_us <= 0) return expire(now);
  const bool ready = admits && !memory_.load_left(l, now);
  if (!ready && may_grant(now) && plan_memory(now)) grant_all(now);
  recall_slices(now);
  remind();
}

/// `returns`: it was within the bounds before, and comes again while permits are counted anew.
void scheduler::enqueue(const waiting& w, bool returns, core::steady_time now) {
  const auto l = w.lane;
  const auto what = queue_.push(w, !returns);
  switch (what) {
  case admission::queued: break;
  case admission::known: return;
  case admission::lane_full:
    return refuse(w, ec::queue_full, room_in_s(w, what, now),
                  "The queue for this model at " + terms_.name + " is full: " + std::to_string(queue_.size(l)) +
                      " requests wait.");
  case admission::key_full:
    return refuse(w, ec::queue_full, room_in_s(w, what, now),
                  "This key has " + std::to_string(queue_.size_of_key(w.process_id)) + " requests waiting for " +
                      terms_.name + " already.");
  }
  show(l, now);
}

/// Its other tickets come first; it is not refused for want of room here, but goes when its time has come.
void scheduler::put_aside(waiting w, core::steady_time until) {
  w.patience = std::exchange(w.deadline, std::min(w.deadline, until));
  aside_.push(w, false);
  remind();
}

/// Whoever has been put aside for long enough joins the queue.
void scheduler::take_up(core::steady_time now) {
  while (auto w = aside_.expire(now)) {
    w->deadline = w->patience;
    enqueue(*w, false, now);
  }
}

void scheduler::accept(const actors::acceptance& a) {
  if (!permits_.accept(a.permit, a.epoch)) ++strays_.acceptances;
}

void scheduler::withdraw(const actors::withdrawal& w) {
  const auto l = places_.lane_of(w.deployment_id);
  const auto answer = [&](const waiting& t) {
    if (w.answered) refuse(t, ec::client_gone, 0, "It was withdrawn.");
  };
  if (const auto t = aside_.withdraw(w.request, l)) return answer(*t);
  const auto now = clock_.steady();
  if (const auto t = queue_.withdraw(w.request, l)) {
    answer(*t);
    if (!memory_.admits(l)) fill(now); // what was to make room for it may be used again
    return show(l, now);
  }
  if (!permits_.withdraw(w.request, l)) {
    ++strays_.withdrawals;
    return;
  }
  fill(now);
}

void scheduler::end(const actors::release& r) {
  const auto ended = permits_.end(r.permit, r.epoch);
  if (!ended) {
    ++strays_.releases;
    return;
  }
  const auto now = clock_.steady();
  learn(r, now);
  fill(now);
  show(places_.lane_of(r.deployment_id), now);
}

void scheduler::unpack(const actors::bundle& b, const actors::requester_actor& from) {
  const auto now = clock_.steady();
  for (const auto& r : b.settled) {
    allowance_.granted(places_.lane_of(r.deployment_id), r.prompt_tokens + r.completion_tokens, now);
    learn(r, now);
  }
  if (!b.settled.empty()) recall_slices(now);
  for (const auto& r : b.releases)
    end(r);
  for (const auto& w : b.withdrawals)
    withdraw(w);
  for (const auto& a : b.acceptances)
    accept(a);
  for (const auto& t : b.tickets)
    admit(t, from);
}

void scheduler::lease_ahead(const actors::slice& wish, const actors::requester_actor& from) {
  if (!from) return;
  const auto who = number_of(from);
  const auto l = places_.lane_of(wish.deployment_id);
  slices_.introduce(who);
  // Whoever waits comes before whoever might come.
  const auto now = clock_.steady();
  const bool free = queue_.empty() && may_lease(l, now);
  const auto n = free ? slices_.lease(who, l, std::min(wish.places, allowance_.leasable(l, now))) : 0;
  self_->send(from, actors::slice{wish.deployment_id, permits_.epoch(), n});
}

void scheduler::take_back(const actors::slice& s, const actors::requester_actor& from) {
  const auto who = requesters_.find(from);
  const bool ours = who && s.epoch == permits_.epoch();
  const auto n = ours ? slices_.give_back(*who, places_.lane_of(s.deployment_id), s.places) : 0;
  if (n < s.places) ++strays_.give_backs;
  if (n > 0) fill();
}

void scheduler::recall_slices(core::steady_time now) {
  if (slices_.empty()) return;
  const bool any_lane = !queue_.empty() && places_.full(); // a place of any lane helps who waits
  slices_.recall(
      [&](lane l) { return any_lane || queue_.size(l) > 0 || !may_lease(l, now) || allowance_.tight(l, now); },
      [this](std::uint32_t who, lane l) {
        if (const auto& to = requesters_[who].handle) self_->send(to, atom::recall_v, places_.deployment_of(l));
      });
}

void scheduler::settle(const actors::inventory& held, const actors::requester_actor& from) {
  if (!from) return;
  const auto who = number_of(from);
  auto& row = requesters_[who];
  // Messages from a local actor are never lost: what it does not list is still on its way to it. A DELEGATE settles its
  // account, and so does whoever was lost.
  const bool whole = row.fence || row.actor_name.empty() || slices_.knows(who);
  row.name = held.requester;
  row.fence.reset();
  slices_.void_all(who);
  std::set<std::pair<std::uint64_t, std::uint64_t>> listed;
  for (const auto& h : held.permits) {
    permits_.adopt({h.request, h.permit, h.epoch, places_.lane_of(h.deployment_id), who, false});
    listed.emplace(h.epoch, h.permit);
  }
  if (whole) permits_.end_if([&](const permit& p) { return p.requester == who && !listed.contains({p.epoch, p.id}); });
  for (const auto before : requesters_.predecessors(who))
    forget(before);
  gate_.report(held.requester);
  fill();
}

void scheduler::recover(const std::vector<std::string>& reporters, std::int64_t fence_us) {
  gate_.recover(reporters, clock_.steady() + bounded(fence_us));
  fill();
  remind();
}

void scheduler::lose(const std::string& name, std::int64_t fence_us) {
  for (const auto who : requesters_.named(name)) {
    requesters_[who].fence = clock_.steady() + bounded(fence_us);
    queue_.remove_if([&](const waiting& t) { return t.requester == who; });
    aside_.remove_if([&](const waiting& t) { return t.requester == who; });
  }
  fill(); // what was to make room for them may be used again
  remind();
}

void scheduler::mourn(const caf::down_msg& down) {
  const auto who = requesters_.find(down.source);
  if (!who) return;
  requesters_[*who].handle = nullptr;
  queue_.remove_if([&](const waiting& t) { return t.requester == *who; });
  aside_.remove_if([&](const waiting& t) { return t.requester == *who; });
  // Behind a broken connection offers may have been accepted: they count until the fence or the next inventory.
  if (down.reason != caf::exit_reason::remote_link_unreachable)
    permits_.end_if([&](const permit& p) { return p.offered && p.requester == *who; });
  fill();
}

void scheduler::forget(std::uint32_t requester) {
  permits_.end_if([&](const permit& p) { return p.requester == requester; });
  queue_.remove_if([&](const waiting& t) { return t.requester == requester; });
  aside_.remove_if([&](const waiting& t) { return t.requester == requester; });
  slices_.end_all(requester);
  requesters_[requester] = {};
}

std::uint32_t scheduler::number_of(const actors::requester_actor& from) {
  if (const auto known = requesters_.find(from)) return *known;
  self_->monitor(from);
  const auto who =
      requesters_.add(from, [this](std::uint32_t number) { return permits_.any_of(number) || slices_.any_of(number); });
  return who;
}

void scheduler::fill() { fill(clock_.steady()); }

void scheduler::fill(core::steady_time now) {
  if (!may_grant(now)) return recall_slices(now);
  grant_all(now);
  if (when_allowed(now)) remind();
  if (plan_memory(now)) grant_all(now);
  recall_slices(now);
}

void scheduler::grant_all(core::steady_time now) {
  const auto admits = [&](lane l) { return memory_.admits(l) && allowance_.allows(l, now); };
  while (const auto t = queue_.next(places_, now, admits))
    grant(*t, std::chrono::duration_cast<microseconds>(now - t->arrived).count(), now);
  while (const auto t = aside_.next(places_, now, admits)) // nobody else wants the place
    grant(*t, std::chrono::duration_cast<microseconds>(now - t->arrived).count(), now);
}

void scheduler::grant(const waiting& t, std::int64_t queued_us, core::steady_time now) {
  const auto id = permits_.begin(t.request, t.lane, t.requester, !t.sole);
  allowance_.granted(t.lane, t.tokens, now);
  show(t.lane, now);
  const bool cold = waited_for_load(t);
  const bool loaded = cold && memory_.in_memory(t.lane); // else it goes with the load, or to hear why that has failed
  self_->send(requesters_[t.requester].handle,
              actors::offer{t.request, places_.deployment_of(t.lane), terms_.provider_id, id, permits_.epoch(),
                            queued_us, t.depth_at_arrival, t.in_flight_at_arrival, cold, t.round,
                            loaded ? memory_.load_of(t.lane).count() : 0, static_cast<std::int32_t>(queue_.size()),
                            vram_left_mb_, t.risen_to != 0 ? t.risen_to : t.priority});
}

void scheduler::refuse(const waiting& t, ec code, std::uint32_t retry_after_s, std::string message) {
  if (const auto& to = requesters_[t.requester].handle)
    self_->send(to, actors::refusal{t.request, places_.deployment_of(t.lane), terms_.provider_id,
                                    static_cast<std::uint8_t>(code), retry_after_s, std::move(message), t.round,
                                    static_cast<std::int32_t>(t.depth_at_arrival)});
}

void scheduler::expire(core::steady_time now) {
  bool wanted_room = false;
  while (const auto t = queue_.expire(now)) {
    wanted_room = wanted_room || !memory_.admits(t->lane);
    refuse(*t, ec::queue_timeout, place_in_s(t->lane, now),
           "Waited " + seconds(now - t->arrived) + " for a place at " + terms_.name + ": " + why_waiting(t->lane) +
               ".");
  }
  if (wanted_room) fill(now); // what was to make room for them may be used again
}

void scheduler::pass_time() {
  const auto now = clock_.steady();
  if (reminder_ && *reminder_ <= now) reminder_.reset();
  gate_.pass_time(now);
  tell_experience(now);
  for (const auto who : requesters_.fenced(now)) {
    permits_.end_if([&](const permit& p) { return p.requester == who; });
    slices_.end_all(who);
  }
  if (gate_.given_up(now)) refuse_all_unreachable();
  slices_.forget_recalls();
  take_up(now);
  fill(now);
  expire(now);
  show_all();
  remind();
}

void scheduler::remind() {
  const auto now = clock_.steady();
  auto next = core::steady_time::max();
  const auto consider = [&](const std::optional<core::steady_time>& t) {
    if (t) next = std::min(next, *t);
  };
  consider(queue_.next_deadline());
  consider(aside_.next_deadline());
  consider(gate_.next_change(now));
  consider(requesters_.next_fence());
  consider(memory_.next_change(now));
  consider(when_allowed(now));
  if (!queue_.empty() && (!slices_.empty() || !right_->holds(now))) next = std::min(next, now + second_look);
  if (next == core::steady_time::max() || (reminder_ && *reminder_ <= next + reminder_grain)) return;
  reminder_ = next;
  const auto delay = std::max(next - now, core::steady_time::duration::zero());
  self_->delayed_send(self_, std::chrono::ceil<std::chrono::milliseconds>(delay), atom::tick_v);
}

} // namespace logos::scheduling
