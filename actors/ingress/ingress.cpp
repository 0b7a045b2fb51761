// SPDX-License-Identifier: MIT
#include "actors/ingress/ingress.hpp"

#include "actors/catalog/key_scope.hpp"
#include "actors/execution/books.hpp"
#include "actors/execution/errand.hpp"
#include "actors/execution/lawful.hpp"
#include "actors/ingress/batch_routes.hpp"
#include "actors/ingress/key_refusals.hpp"
#include "actors/ingress/prospects.hpp"
#include "actors/ingress/reach.hpp"
#include "actors/ingress/recognition.hpp"
#include "core/fault_point.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <utility>

namespace logos::ingress {
using actors::offer;
using actors::refusal;
using core::ec;
using core::failure;
using execution::admission_of;

namespace {

/// What a request is told whose time is over after a busy provider has sent it back to its queue: what that one said.
failure still_busy(const execution::admission::busy_word& said, const failure& late) {
  return {said.status == 429 ? ec::rate_limited : ec::no_provider,
          "The provider answered with status " + std::to_string(said.status) +
              ", and the time that the request may wait for it is over. " + late.message,
          "", std::max<std::uint32_t>({said.retry_after_s, late.retry_after_s, 1})};
}

failure client_left() { return {ec::client_gone, "The client left before the answer began."}; }

bool left(const execution::admission& a) { return a.left_at != core::steady_time{}; }

/// What was weighed, to be told. `order`: of the prospects, of which there are some.
actors::weighing weighing_of(const std::vector<prospect>& of, const std::vector<turn>& order, const taste& by) {
  actors::weighing out;
  auto best = std::chrono::microseconds::max();
  for (const auto& t : order)
    best = std::min(best, t.expected);
  out.equal_up_to_us = equal_up_to(best, by).count();
  out.of.reserve(order.size());
  for (const auto& t : order) {
    const auto& p = of[t.index];
    out.of.push_back({p.deployment_id, t.expected.count(), p.wait.count(), p.load.count(), p.first_token.count(),
                      t.defer.count(), p.price, p.failed_permille, static_cast<std::uint32_t>(p.busy * 1000), p.known,
                      p.open, p.familiar});
  }
  return out;
}

} // namespace

ingress::ingress(actors::self_pointer<ingress> self, execution::workplace& at, const core::secret_key& secret,
                 const core::clock& clock, bool public_metrics)
    : self_{self},
      at_{at},
      secret_{secret},
      clock_{clock},
      public_metrics_{public_metrics} {}

ingress::~ingress() {
  if (!at_.unit.here()) { // the I/O thread has ended: nobody is there to be answered
    for (const auto& [request, x] : pending_)
      x->attached.reset(); // holds end while there is a workplace
    return;
  }
  // Until the next one is made, nothing is sent where nobody reads it.
  if (caf::actor_cast<caf::abstract_actor*>(at_.ingress) == self_) at_.ingress = nullptr;
  const failure lost{ec::internal, "The gateway has lost the request's place in the queue. Try again.", "", 1};
  for (const auto& [request, x] : std::exchange(at_.returned, {}))
    refuse_admitted(x, lost);
  while (!pending_.empty())
    refuse_admitted(pending_.begin()->second, lost);
}

ingress::handle::behavior_type ingress::make_behavior() {
  tick();
  return {
      [this](atom::handle, const net::exchange_ptr& x) { handle_request(x); },
      [this](atom::gone, const core::uuid& request) { on_gone(request); },
      [this](actors::verdict& v) { on_verdict(v); },
      [this](actors::batch_verdict& v) { on_batch_verdict(v); },
      [this](const accounting::ruling& r) { on_ruling(r); },
      [this](const std::vector<accounting::ruling>& all) {
        for (const auto& r : all)
          on_ruling(r);
      },
      [this](atom::retry, const net::exchange_ptr& x, const refusal& why) { on_retry(x, why); },
      [this](atom::adopt, const catalog::snapshot_ptr& fresh) { return adopt(fresh); },
      [this](atom::route, std::int64_t provider, const actors::scheduler_actor& s) { reroute(provider, s); },
      [this](atom::lost, std::int64_t provider) { end_calls(provider); },
      [this](atom::tick) { tick(); },
      [this](atom::recall, const core::uuid& request) { find_owners(request); },
      [this](atom::explain, const core::uuid& request) { return explain(request); },
      [this](atom::drain) { at_.draining = true; },
      [this](const offer& o) { on_offer(o); },
      [this](const refusal& r) { on_refusal(r); },
      [](const actors::slice&) {}, // slices go to DELEGATEs only
      [](atom::recall, std::int64_t) {},
      [this](atom::status) {
        return self_->vitals(std::to_string(pending_.size()) + " waiting" + (at_.draining ? ", draining" : ""));
      },
  };
}

void ingress::refuse(net::exchange& x, failure why) { x.fail(why); }

void ingress::handle_request(const net::exchange_ptr& x) {
  const auto& request = x->request();
  const auto route = net::classify(request.method, request.path, false);
  if (route.bad_path)
    return refuse(*x,
                  {ec::bad_request, "The path is not acceptable: '..', encoded slashes or control bytes stand in it."});
  if (route.to == net::route::unknown)
    return refuse(*x, {ec::route_not_found, "Unknown path '" + std::string{request.path.substr(0, 200)} +
                                                "'. Models are served under /v1/, administration under /admin/v1/."});
  if (!route.method_allowed) {
    const failure why{ec::method_not_allowed, "Method " + std::string{request.method.substr(0, 20)} +
                                                  " is not allowed here; allowed: " + std::string{route.allow} + "."};
    return x->fail(why, "allow: " + std::string{route.allow} + "\r\n");
  }
  const bool open = !route.needs_key || (route.to == net::route::metrics && public_metrics_);
  if (open) return at_.unit.send(at_.next.administration, atom::handle_v, x, at_.snapshot, std::int64_t{0});

  const bool by_client = x->made_for() == 0;
  std::string in_body;
  if (by_client && route.key_in_body) in_body = find_key_in_body(request);
  const auto key = in_body.empty() ? find_key(request) : std::string_view{in_body};
  if (key.empty() && by_client) return refuse(*x, no_key());
  const catalog::principal* who = nullptr;
  if (by_client) {
    const auto known = recognise(*x, key, *at_.snapshot, secret_, x->received(), at_.rules.wrong_keys.get());
    if (!known) return refuse(*x, refusal_of_doubt(*x, known.error(), at_.rules.wrong_keys.get()));
    who = *known;
    if (who == nullptr && at_.rules.visitors) return admit_visitor(x, route);
    if (who == nullptr) return refuse(*x, refusal_of_wrong_key(*x, useless_key(), at_.rules.wrong_keys.get()));
  } else {
    who = find_holder(x->made_for(), *at_.snapshot, x->received());
    if (who == nullptr) return refuse(*x, useless_key());
  }
  const bool administers = route.to == net::route::admin || route.to == net::route::logosdb;
  if (administers && by_client && request.method != "GET" && request.method != "HEAD" &&
      at_.snapshot->ending_keys.contains(recognised_key(*x)))
    return refuse(*x, {ec::forbidden, "This key was rotated: in its grace it changes nothing here. Use the new one."});
  if (route.to != net::route::inference || (at_.rules.batches && is_about_batches(request)))
    return at_.unit.send(at_.next.administration, atom::handle_v, x, at_.snapshot, who->process_id);
  if (who->scope != nullptr)
    if (const auto bad = who->scope->check(request.path, x->client_address()); bad.code != ec::none)
      return refuse(*x, bad);
  if (const auto bad = check_reach(*who, {request.method, request.path, route.rest, at_.rules.batches});
      bad.code != ec::none)
    return refuse(*x, bad);
  if (at_.draining) return refuse(*x, {ec::shutting_down, "This node is shutting down. Try again.", "", 1});
  admit(x, route, *who);
}

void ingress::ask(net::exchange& x, admission& a, core::steady_time now) {
  boost::container::small_vector<const catalog::deployment*, 8> open; // seldom more
  for (const auto id : a.candidates) {
    if (std::find(a.failed.begin(), a.failed.end(), id) != a.failed.end()) continue;
    const auto* d = a.snapshot->find_deployment(id);
    if (d != nullptr && at_.schedulers.contains(d->provider->id) && !is_passed_over(a, *d)) open.push_back(d);
  }
  if (open.empty() && execution::next_step(a)) return ask(x, a, now);
  if (open.empty()) {
    failure why{ec::no_provider, "No provider that may serve this model can be asked now.", "model"};
    if (a.last_refusal.code != 0)
      why = {static_cast<ec>(a.last_refusal.code), a.last_refusal.message, "", a.last_refusal.retry_after_s};
    return refuse_admitted(net::exchange_ptr{&x}, std::move(why));
  }
  a.sole = open.size() == 1;
  for (const auto* d : open)
    a.asked.push_back({d->id, ++a.rounds});
  if (a.sole) return send_ticket(ticket_for(x, a, *open.front(), a.rounds, now));
  const wanderer w{*a.snapshot,     a.policy.get(),         a.queue_key(), x.request().body,
                   a.intent.tokens, a.intent.prompt_tokens, x.received()};
  const auto prospects = prospects_of(w, open, at_.outlooks.get());
  const auto taste = taste_of(a.policy.get());
  const auto order = rank(prospects, taste);
  a.weighed = weighing_of(prospects, order, taste);
  a.weighed_at = now;
  for (const auto& turn : order) {
    const auto* d = open[turn.index];
    auto t = ticket_for(x, a, *d, a.find_asked(d->id)->round, now);
    t.defer_us = turn.defer.count();
    send_ticket(std::move(t));
  }
}

void ingress::send_ticket(actors::ticket t) {
  const auto& to = at_.schedulers[t.provider_id];
  at_.unit.send(to, std::move(t), actors::requester_actor{self_});
}

void ingress::give_back(const offer& o, bool sole) {
  const auto at = at_.schedulers.find(o.provider_id);
  if (at == at_.schedulers.end()) return;
  if (!sole) return at_.unit.send(at->second, actors::withdrawal{o.request, o.deployment_id});
  actors::release r;
  r.permit = o.permit;
  r.epoch = o.epoch;
  r.deployment_id = o.deployment_id;
  r.code = static_cast<std::uint8_t>(ec::client_gone);
  at_.unit.send(at->second, r);
}

void ingress::on_offer(const offer& o) {
  const auto at = pending_.find(o.request);
  const auto* ticket = at == pending_.end() ? nullptr : admission_of(*at->second).find_asked(o.deployment_id);
  if (ticket == nullptr || ticket->round != o.round) {
    // Its ticket was withdrawn before the offer came. A sole ticket's offer is a permit, and ends here; for others the
    // withdrawal that is under way has ended it, and this one finds nothing.
    give_back(o, true);
    return;
  }
  const auto x = at->second;
  auto& a = admission_of(*x);
  if (left(a)) { // while its withdrawal was under way
    a.depth_at_arrival = std::max<std::int64_t>(a.depth_at_arrival, o.depth_at_arrival);
    give_back(o, true);
    std::erase_if(a.asked, [&](const execution::asked_ticket& t) { return t.deployment_id == o.deployment_id; });
    return a.waiting() ? void() : refuse_admitted(x, client_left());
  }
  if (!still_allowed(*x, a, o.deployment_id)) {
    give_back(o, a.sole);
    withdraw(o.request, a, o.deployment_id);
    const auto why = execution::no_longer_lawful();
    a.last_refusal = {o.request, o.deployment_id, o.provider_id, static_cast<std::uint8_t>(why.code), 0, why.message};
    pass_over_forbidden(*x, a);
    return ask(*x, a, clock_.steady());
  }
  if (is_passed_over(a, *a.snapshot->find_deployment(o.deployment_id))) {
    give_back(o, a.sole);
    withdraw(o.request, a, o.deployment_id);
    return ask(*x, a, clock_.steady());
  }
  if (was_ruled_otherwise(a)) {
    give_back(o, a.sole);
    withdraw(o.request, a, o.deployment_id);
    return reserve_again(x);
  }
  if (!a.sole) {
    withdraw(o.request, a, o.deployment_id);
    if (const auto s = at_.schedulers.find(o.provider_id); s != at_.schedulers.end())
      at_.unit.send(s->second, actors::acceptance{o.permit, o.epoch});
  }
  a.asked.clear();
  a.granted = std::make_unique<execution::permit>(at_, o);
  a.depth_at_arrival = o.depth_at_arrival;
  pending_.erase(at);
  at_.traffic.queued.fetch_sub(1, std::memory_order_relaxed);
  core::fault_point("ingress.permitted");
  if (!at_.executor) { // it has died, and the next one is being made
    a.granted.reset();
    return refuse_admitted(x, {ec::internal, "The gateway cannot carry out the request just now. Try again.", "", 1});
  }
  at_.handed.emplace(x->id(), x);
  at_.unit.send(at_.executor, atom::carry_out_v, x, o);
}

void ingress::withdraw(const core::uuid& request, admission& a, std::int64_t except) {
  for (const auto& [id, round] : a.asked) {
    if (id == except) continue;
    const auto* d = a.snapshot->find_deployment(id);
    if (const auto s = at_.schedulers.find(d->provider->id); s != at_.schedulers.end())
      at_.unit.send(s->second, actors::withdrawal{request, id});
  }
  a.asked.clear();
}

void ingress::on_refusal(const refusal& r) {
  const auto at = pending_.find(r.request);
  if (at == pending_.end()) return;
  auto& a = admission_of(*at->second);
  const auto asked = std::find_if(a.asked.begin(), a.asked.end(), [&](const execution::asked_ticket& t) {
    return t.deployment_id == r.deployment_id && t.round == r.round;
  });
  if (asked == a.asked.end()) return; // an answer to a ticket of before
  a.asked.erase(asked);
  if (!left(a)) {
    a.failed.push_back(r.deployment_id);
    a.last_refusal = r;
  }
  a.depth_at_arrival = std::max<std::int64_t>(a.depth_at_arrival, r.depth_at_arrival);
  if (a.waiting()) return left(a) ? void() : weigh_anew(*at->second, r.deployment_id);
  if (left(a)) return refuse_admitted(at->second, client_left());
  // The time in queues is one for all steps: whoever has none left gets a place that is free, or none.
  if (execution::next_step(a)) return ask(*at->second, a, clock_.steady());
  refuse_admitted(at->second, {static_cast<ec>(r.code), r.message, "", r.retry_after_s});
}

/// Whoever was put aside for one that has refused waits for nothing.
void ingress::weigh_anew(net::exchange& x, std::int64_t refused) {
  auto& a = admission_of(x);
  const auto now = clock_.steady();
  const auto is_aside = [&](std::int64_t deployment_id) { return a.is_deferred(deployment_id, now); };
  if (is_aside(refused)) return; // and nobody was for that one
  // Who has a place in another line keeps it, and the rest are aside for that one.
  if (!std::all_of(a.asked.begin(), a.asked.end(), [&](const auto& t) { return is_aside(t.deployment_id); })) return;
  withdraw(x.id(), a, 0);
  ask(x, a, now);
}

void ingress::wait_for_permit(const net::exchange_ptr& x) {
  pending_.emplace(x->id(), x);
  at_.traffic.queued.fetch_add(1, std::memory_order_relaxed);
}

void ingress::on_retry(const net::exchange_ptr& x, const refusal& why) {
  auto& a = admission_of(*x);
  at_.returned.erase(x->id());
  if (a.booked) return x->fail({static_cast<ec>(why.code), why.message, "", why.retry_after_s}, a.rate_headers);
  if (a.cascade && std::exchange(a.cascade->escalates, false)) {
    execution::next_step(a);
    a.asked_at = clock_.steady(); // its patience is for queues, not for answers
    a.last_refusal = why;
    wait_for_permit(x);
    if (x->gone()) return on_gone(x->id());
    return ask(*x, a, a.asked_at);
  }
  // Who was sent away by a busy provider waits for it and may go elsewhere: its SCHEDULER knows when to ask again.
  if (!std::exchange(a.comes_back, false)) a.failed.push_back(why.deployment_id);
  a.last_refusal = why;
  at_.traffic.retried.add();
  wait_for_permit(x);
  if (x->gone()) return on_gone(x->id());
  ask(*x, a, clock_.steady());
}

void ingress::refuse_admitted(net::exchange_ptr x, failure why) {
  auto& a = admission_of(*x);
  if (why.code == ec::queue_timeout && a.sent_back != 0) why = still_busy(a.busy, why);
  withdraw(x->id(), a, 0);
  if (pending_.erase(x->id()) != 0) at_.traffic.queued.fetch_sub(1, std::memory_order_relaxed);
  if (a.judging) a.judging->store(true, std::memory_order_relaxed);
  if (!inquiries_.empty()) inquiries_.erase(x->id());
  if (!a.booked) execution::book_refused(at_, *x, a, why, clock_.wall());
  a.booked = true;
  if (why.code != ec::client_gone) x->fail(why, a.rate_headers);
}

/// Only its SCHEDULERs know how many waited when it came: the row is written when they have said so.
void ingress::leave(const net::exchange_ptr& x) {
  auto& a = admission_of(*x);
  if (!a.waiting()) return refuse_admitted(x, client_left());
  if (left(a)) return;
  a.left_at = clock_.steady();
  for (const auto& [id, round] : a.asked)
    if (const auto s = at_.schedulers.find(a.snapshot->find_deployment(id)->provider->id); s != at_.schedulers.end())
      at_.unit.send(s->second, actors::withdrawal{x->id(), id, true});
}

void ingress::on_gone(const core::uuid& request) {
  const auto at = pending_.find(request);
  if (at == pending_.end()) {
    if (at_.next.administration) at_.unit.send(at_.next.administration, atom::gone_v, request); // it may be there
    return;
  }
  if (at->second->gone()) return leave(at->second);
  refuse_admitted(at->second, {ec::shutting_down, "The node is shutting down. Try again."}); // and has said so
}

} // namespace logos::ingress
