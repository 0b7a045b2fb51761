// SPDX-License-Identifier: MIT
// INGRESS, as the world around its requests changes: catalogs, routes, time.
#include "actors/execution/errand.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/ingress/key_refusals.hpp"
#include "actors/ingress/recognition.hpp"

#include <algorithm>
#include <utility>

namespace logos::ingress {
namespace {

// SCHEDULERs refuse by themselves whoever has waited for too long; who has not been answered long after that has been
// forgotten, because an actor died that had the question.
constexpr std::chrono::milliseconds tick_every{1000};
constexpr std::chrono::milliseconds shortest_tick{25};
// For SCHEDULERs to say what they know of a request whose client has left.
constexpr std::chrono::milliseconds farewell{500};
constexpr std::chrono::seconds patience_slack{5};
// The LEDGER of a cluster may be changing hands.
constexpr std::chrono::seconds ledger_slack{15};
// Others' batches may be read before it.
constexpr std::chrono::seconds batch_slack{60};

/// Often enough that no heartbeat is late by more than a quarter.
std::chrono::milliseconds tick_of(std::chrono::milliseconds heartbeat) {
  return heartbeat.count() == 0 ? tick_every : std::clamp(heartbeat / 4, shortest_tick, tick_every);
}

/// Whether the key of a request that was let in opens anything in `catalog`; of the gateway's own, whether its process
/// is there.
bool opens(const net::exchange& x, const execution::admission& a, const catalog::snapshot& catalog,
           core::wall_time now) {
  return x.made_for() == 0 ? catalog.find_key(a.key, now) != nullptr
                           : find_holder(x.made_for(), catalog, now) != nullptr;
}

/// Requests whose key was taken away. Whoever ends takes itself off the list that it was found on.
struct revoked_requests {
  std::vector<net::exchange_ptr> without_call;
  std::vector<net::exchange_ptr> calls;
};

/// However far they have come: those whose key opened something in the catalog `before`, and opens nothing in the
/// newest. Whose key had run out with time before ends as it may.
revoked_requests find_revoked(const execution::workplace& at, const auto& pending, const catalog::snapshot& before,
                              core::wall_time now) {
  revoked_requests out;
  if (at.snapshot.get() == &before) return out;
  const auto lost = [&](net::exchange& x) {
    const auto& a = execution::admission_of(x);
    return !a.brings_key() && !opens(x, a, *at.snapshot, now) && opens(x, a, before, now);
  };
  for (const auto* without : {&pending, &at.returned, &at.handed})
    for (const auto& [request, x] : *without)
      if (lost(*x)) out.without_call.push_back(x);
  for (const auto& [request, call] : at.running)
    if (lost(*call->exchange())) out.calls.push_back(call->exchange());
  return out;
}

} // namespace

using actors::refusal;
using core::ec;
using execution::admission_of;

std::uint64_t ingress::adopt(const catalog::snapshot_ptr& fresh) {
  const auto before = std::exchange(at_.snapshot, fresh); // also an older one: the database may have been put back
  const auto revoked = find_revoked(at_, pending_, *before, clock_.wall());
  for (const auto& x : revoked.without_call) {
    auto& a = admission_of(*x);
    at_.returned.erase(x->id());
    at_.handed.erase(x->id());
    if (a.granted) {
      net::call_outcome none;
      none.error = ec::wrong_key;
      a.granted->end(none);
    }
    refuse_admitted(x, revoked_key(x->made_for() != 0));
  }
  for (const auto& x : revoked.calls)
    x->cancel(revoked_key(x->made_for() != 0));
  if (before->rules != fresh->rules) count_running();
  return at_.snapshot->version;
}

void ingress::close_route(std::int64_t provider_id) {
  at_.schedulers.erase(provider_id);
  std::vector<refusal> lost; // a SCHEDULER that was retired says nothing to those who wait for it
  for (const auto& [request, x] : pending_) {
    const auto& a = admission_of(*x);
    for (const auto& [id, round] : a.asked)
      if (a.snapshot->find_deployment(id)->provider->id == provider_id)
        lost.push_back({request, id, provider_id, static_cast<std::uint8_t>(ec::no_provider), 0,
                        "The provider was removed while the request waited for it.", round});
  }
  for (const auto& r : lost)
    on_refusal(r);
}

actors::ticket ingress::ticket_for(const net::exchange& x, const admission& a, const catalog::deployment& d,
                                   std::uint32_t round, core::steady_time now) const {
  const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(now - a.asked_at);
  const auto patience = std::chrono::duration_cast<std::chrono::microseconds>(
      std::min(a.intent.patience.value_or(at_.rules.queue_wait), at_.rules.queue_wait));
  actors::ticket t;
  t.request = x.id();
  t.deployment_id = d.id;
  t.provider_id = d.provider->id;
  t.model_id = d.model->id;
  t.process_id = a.queue_key();
  t.priority = a.priority();
  t.mode = static_cast<std::uint8_t>(a.intent.mode);
  t.sole = a.sole;
  t.tokens = a.intent.tokens;
  t.prompt_tokens = a.intent.prompt_tokens;
  t.weight = a.who->weight;
  t.waited_us = waited.count();
  t.patience_us = std::max<std::int64_t>((patience - waited).count(), 0);
  t.round = round;
  return t;
}

void ingress::reroute(std::int64_t provider_id, const actors::scheduler_actor& scheduler) {
  if (!scheduler) return close_route(provider_id);
  at_.schedulers[provider_id] = scheduler;
  const auto now = clock_.steady();
  actors::inventory held;
  held.requester = self_->who().name;
  for (const auto& [request, call] : at_.running)
    if (call->granted().provider_id == provider_id) held.permits.push_back(call->held());
  at_.unit.send(scheduler, std::move(held), actors::requester_actor{self_});
  for (const auto& [request, x] : pending_) {
    const auto& a = admission_of(*x);
    if (a.left_at != core::steady_time{}) continue; // nobody knows any more what stood before it
    for (const auto& [id, round] : a.asked)
      if (const auto* d = a.snapshot->find_deployment(id); d->provider->id == provider_id)
        at_.unit.send(scheduler, ticket_for(*x, a, *d, round, now), actors::requester_actor{self_});
  }
}

core::steady_time ingress::patience_ends(const net::exchange& x, const admission& a) const {
  if (a.asked_at == core::steady_time{}) // no verdict yet, or no ruling
    return std::max(x.received_steady(), a.judged_at) + (a.judging                               ? batch_slack
                                                         : a.held || inquiries_.contains(x.id()) ? ledger_slack
                                                                                                 : patience_slack);
  return a.asked_at + std::min(a.intent.patience.value_or(at_.rules.queue_wait), at_.rules.queue_wait) + patience_slack;
}

void ingress::tick() {
  self_->delayed_send(self_, tick_of(at_.rules.heartbeat), atom::tick_v);
  const auto now = clock_.steady();
  std::vector<net::exchange_ptr> forgotten, gone;
  for (const auto& [request, x] : pending_)
    if (const auto left_at = admission_of(*x).left_at; left_at != core::steady_time{}) {
      if (now >= left_at + farewell) gone.push_back(x);
    } else if (now >= patience_ends(*x, admission_of(*x))) {
      forgotten.push_back(x);
    }
  for (const auto& x : gone)
    refuse_admitted(x, {ec::client_gone, "The client left before the answer began."});
  for (const auto& x : forgotten) {
    const auto& a = admission_of(*x);
    refuse_admitted(
        x, {ec::queue_timeout,
            a.held && !a.ruled
                ? "Limits and budgets that the request comes under could not be read: whoever keeps them (the LEDGER) "
                  "has not answered in the time that it may wait. The database may be away; /ready tells. Try again."
                : "Nobody has decided about the request in the time that it may wait. Try again."});
  }
  reassure(now);
}

void ingress::end_calls(std::int64_t provider_id) {
  const bool of_ledger = provider_id == 0; // no provider's id
  std::vector<net::exchange_ptr> ending;   // a call takes itself off the list when it ends
  for (const auto& [request, call] : at_.running)
    if (of_ledger ? admission_of(*call->exchange()).held != nullptr : call->granted().provider_id == provider_id)
      ending.push_back(call->exchange());
  const std::string from = of_ledger ? "from whoever keeps limits and budgets" : "from the provider's scheduler";
  for (const auto& x : ending)
    x->cancel({ec::no_provider, "This node was cut off " + from + ", so the call had to end. Try again."});
}

} // namespace logos::ingress
