// SPDX-License-Identifier: MIT
// INGRESS and the requests that bring a provider's own key. They have no process, and so no permissions, limits or
// budget: what bounds them is the provider's capacity, the queue's bound per key, and how many come from one address.
#include "actors/catalog/passages.hpp"
#include "actors/classification/policies.hpp"
#include "actors/execution/lawful.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/ingress/recognition.hpp"

namespace logos::ingress {
namespace {

/// In whose queue it waits: of the deployment that has the model, so that both together keep within its places, else of
/// the passage.
const catalog::deployment& queue_of(const catalog::snapshot& in, const catalog::deployment& passage,
                                    std::string_view model) {
  for (const auto& d : in.deployments)
    if (d.provider == passage.provider && d.upstream_name == model && !catalog::is_passage(d)) return d;
  return passage;
}

} // namespace

using core::ec;

void ingress::admit_visitor(const net::exchange_ptr& x, const net::route_match& route) {
  auto visitor = receive_visitor(*x, route, at_.rules.visitors, *at_.snapshot, secret_, at_.rules.wrong_keys.get());
  if (!visitor) return refuse(*x, visitor.error());
  if (at_.draining) return refuse(*x, {ec::shutting_down, "This node is shutting down. Try again.", "", 1});
  at_.traffic.requests.add();
  auto made = std::make_unique<admission>();
  made->snapshot = at_.snapshot;
  made->who = &nobody();
  made->key = visitor->key;
  made->seat = std::move(visitor->seat);
  auto& a = *made;
  x->attached = std::move(made);
  if (!choose_policy(*x, a)) return;
  auto read = read_intent(x->request(), relayed_route(x->request().path, route), looker_);
  if (!read) return refuse_admitted(x, read.error());
  a.intent = std::move(*read);
  if (classification::asks_for_choice(a.intent.model))
    return refuse_admitted(x, {ec::bad_field,
                               "The model '" + a.intent.model.substr(0, 200) +
                                   "' leaves the choice to the gateway, but a request with a provider's own key has to "
                                   "name one of that provider's models.",
                               "model"});
  auto policy = classification::policy_for({a.snapshot, a.who, nullptr}, a.petition, a.needs);
  if (!policy) return refuse_admitted(x, policy.error());
  a.policy = std::move(*policy);
  // Whoever has a Logos key may be asked to answer for a high priority; a visitor may not.
  if (a.intent.priority) a.intent.priority = std::min(*a.intent.priority, core::priority_mid);
  const auto& d = queue_of(*a.snapshot, *visitor->passage, a.intent.model);
  if (!classification::admits(a.policy.get(), d))
    return refuse_admitted(
        x, {ec::forbidden, "The policy that holds for the request does not admit this provider.", "policy"});
  wait_for_permit(x);
  a.candidates = {d.id}; // one: with a client's key nothing is tried elsewhere
  a.ruled = true;
  a.asked_at = clock_.steady();
  ask(*x, a, a.asked_at);
}

bool ingress::visitor_still_allowed(const admission& a, std::int64_t deployment_id) const {
  if (!at_.rules.visitors) return false;
  if (a.snapshot == at_.snapshot) return true; // by which the only candidate was admitted
  const auto& now = *at_.snapshot;
  const auto* d = now.find_deployment(deployment_id);
  if (d == nullptr || catalog::find_passage(now, d->provider->id) == nullptr) return false;
  if (now.keys.contains(a.key) || now.ending_keys.contains(a.key)) return false; // it is a Logos key by now
  return execution::is_lawful(at_.snapshot, *a.who, a, *d);
}

} // namespace logos::ingress
