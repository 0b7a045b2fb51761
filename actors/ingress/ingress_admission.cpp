// SPDX-License-Identifier: MIT
// INGRESS, as it finds out what a request may use, and from whom.
#include "actors/catalog/passages.hpp"
#include "actors/classification/selection.hpp"
#include "actors/execution/costs.hpp"
#include "actors/execution/errand.hpp"
#include "actors/ingress/account_paths.hpp"
#include "actors/ingress/claims.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/ingress/model_path.hpp"
#include "actors/ingress/recognition.hpp"
#include "actors/ingress/relayed_batches.hpp"
#include "actors/ingress/terms.hpp"
#include "core/fault_point.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace logos::ingress {
using core::ec;
using execution::admission_of;

namespace {

/// The body is not read here: the CLASSIFIER does that on a thread that has time.
actors::question question_of(const net::exchange_ptr& x, const execution::admission& a, std::int64_t provider_id) {
  actors::question q{x->id(), a.snapshot, a.who, a.profile, a.policy, a.intent.model, provider_id, a.needs};
  q.exchange = x;
  if (a.intent.body == body_kind::json) q.body = x->request().body;
  q.tokens = a.intent.tokens;
  q.prompt_tokens = a.intent.prompt_tokens;
  q.received = x->received();
  q.petition = a.petition;
  return q;
}

/// Whom waiting would not help: a limit is 0, or a hard budget should pay for what nothing can be held for.
core::failure barred(const net::exchange& x, const execution::admission& a, const catalog::snapshot& rules,
                     const accounting::parties& who) {
  if (const auto whose = rules.closed(who)) return closed_by_limit(*whose);
  if (!rules.hard_budget(who)) return {};
  if (const auto by = a.intent.json.dearer; a.intent.body == body_kind::json && !by.empty())
    return {ec::forbidden,
            "'" + std::string{by} +
                "' asks for a tariff that may be dearer than the prices that a hard budget pays by. Leave it out.",
            std::string{by}};
  if (a.intent.at != endpoint::other || !is_unmetered(x.request().method, a.intent.route.rest)) return {};
  return {ec::forbidden, "A hard budget pays for this key, its profile, user or service, and what '" +
                             std::string{a.intent.route.rest.substr(0, 200)} +
                             "' costs is counted nowhere, so that nothing could be held for it. A key without a hard "
                             "budget may use it."};
}

} // namespace

bool ingress::choose_profile(net::exchange& x, admission& a) {
  const auto found = find_profile(*a.who, x.request());
  if (found)
    a.profile = *found;
  else
    refuse(x, found.error());
  return found.has_value();
}

bool ingress::choose_policy(net::exchange& x, admission& a) {
  const classification::petitioner by{a.snapshot, a.who, a.profile};
  auto bad = read_petition(by, x.request(), a.petition);
  if (bad.code == ec::none && x.made_for() != 0) bad = read_origin(by, x.request(), a.petition);
  if (bad.code != ec::none) refuse(x, bad);
  return bad.code == ec::none;
}

core::failure ingress::settle_policy(const net::exchange& x, admission& a) {
  auto found = settle({a.snapshot, a.who, a.profile}, a.intent, x.request().body.size(), a.petition);
  if (!found) return found.error();
  a.policy = std::move(found->policy);
  a.needs = found->needs;
  return {};
}

void ingress::admit(const net::exchange_ptr& x, const net::route_match& route, const catalog::principal& who) {
  at_.traffic.requests.add();
  auto a = std::make_unique<admission>();
  a->snapshot = at_.snapshot;
  a->who = &who;
  if (x->made_for() == 0) a->key = recognised_key(*x);
  auto& entry = *a;
  x->attached = std::move(a);
  if (!choose_profile(*x, entry) || !choose_policy(*x, entry)) return;
  auto read = read_intent(x->request(), route, looker_);
  if (!read) return refuse_admitted(x, read.error());
  entry.intent = std::move(*read);
  // Google lists its models with what stands before their names in paths.
  if (auto& i = entry.intent; i.model_in_path && entry.snapshot->find_model(i.model) == nullptr)
    if (auto listed = std::string{listed_below} + i.model; entry.snapshot->find_model(listed) != nullptr)
      i.model = std::move(listed);
  if (auto bad = settle_policy(*x, entry); bad.code != ec::none) return refuse_admitted(x, std::move(bad));

  std::int64_t provider_id = 0;
  if (!entry.intent.provider.empty()) {
    const auto p = catalog::choose_provider(*entry.snapshot, *entry.who, entry.profile, entry.intent.provider);
    if (!p) return refuse_admitted(x, p.error());
    provider_id = (*p)->id;
  }
  wait_for_permit(x);
  // Most requests name their model. That leaves nothing to choose, and the CLASSIFIER need not be asked.
  if (auto found = classification::select_named({*entry.snapshot, *entry.who, entry.profile, entry.policy.get(),
                                                 entry.intent.model, provider_id, entry.needs}))
    return on_selection(x, std::move(*found));
  at_.unit.send(at_.next.classifier, question_of(x, entry, provider_id), actors::ingress_actor{self_});
}

void ingress::on_verdict(actors::verdict& v) {
  const auto at = pending_.find(v.request);
  if (at == pending_.end()) return; // the client left meanwhile
  on_selection(at->second, std::move(v.found));
}

void ingress::on_selection(const net::exchange_ptr& x, classification::selection found) {
  auto& a = admission_of(*x);
  a.statistics = std::move(found.statistics);
  if (a.who->log == core::log_level::full) a.features = std::move(found.features);
  a.models = found.models;
  a.decided_by = found.decided_by;
  if (found.failure.code != ec::none) return refuse_admitted(x, std::move(found.failure));
  a.candidates = std::move(found.deployments);
  if (!found.ranked.empty()) plan_cascade(*x, a, std::move(found.ranked));
  if (auto bad = keep_reachable(*x, a); bad.code != ec::none) return refuse_admitted(x, std::move(bad));
  if (auto bad = keep_permitted(*x, a); bad.code != ec::none) return refuse_admitted(x, std::move(bad));
  check_named(x);
}

void ingress::go_on(const net::exchange_ptr& x) {
  if (hands_in_batch(x->request(), admission_of(*x).intent)) return judge_batch(x);
  reserve(x);
}

void ingress::reserve(const net::exchange_ptr& x) {
  auto& a = admission_of(*x);
  if (const auto claimed = claim_of(*x, a)) {
    if (auto bad = barred(*x, a, *a.snapshot, claimed->who); bad.code != ec::none)
      return refuse_admitted(x, std::move(bad));
    a.held = std::make_unique<execution::hold>(at_, x->id(), claimed->hold);
    at_.bring(accounting::tray::question{*claimed, actors::ingress_actor{self_}});
    core::fault_point("ingress.claimed");
    return;
  }
  a.ruled = true;
  if (a.snapshot != at_.snapshot && is_limited(a)) count_admitted(*x); // a limit was made since it came
  a.asked_at = clock_.steady();
  ask(*x, a, a.asked_at);
}

void ingress::on_ruling(const accounting::ruling& r) {
  const auto at = pending_.find(r.request);
  if (at == pending_.end()) return; // has ended meanwhile, and its hold with it
  auto& a = admission_of(*at->second);
  if (r.at_stage != a.claimed_at || std::exchange(a.ruled, true)) return;
  a.rate_headers = rate_headers(r);
  if (r.refusal.code != ec::none) return refuse_admitted(at->second, r.refusal);
  if (r.spared_hold > 0 && a.held) {
    a.held->spare(r.spared_hold);
    fit_answer(*at->second, a, a.held->amount());
  }
  core::fault_point("ingress.ruled");
  const auto now = clock_.steady();
  if (a.asked_at == core::steady_time{}) a.asked_at = now; // else it has waited already, and was judged again
  ask(*at->second, a, now);
}

bool ingress::was_ruled_otherwise(admission& a) {
  if (a.brings_key() || (a.ruled_by ? a.ruled_by : a.snapshot) == at_.snapshot) return false;
  const auto before = std::exchange(a.ruled_by, at_.snapshot);
  return !at_.snapshot->rules_as(before ? *before : *a.snapshot, parties_of(a));
}

void ingress::reserve_again(const net::exchange_ptr& x) {
  auto& a = admission_of(*x);
  a.answer_cap = a.calls_cap = 0;
  auto claimed = claim_of(*x, a, *at_.snapshot);
  if (!claimed) return ask(*x, a, clock_.steady());
  claimed->owed = execution::owed_by(a, *at_.snapshot, *x);
  if (auto bad = barred(*x, a, *at_.snapshot, claimed->who); bad.code != ec::none)
    return refuse_admitted(x, std::move(bad));
  if (a.held) {
    claimed->at_stage = accounting::stage::waiting;
    a.held->renew(claimed->hold);
  } else {
    a.held = std::make_unique<execution::hold>(at_, x->id(), claimed->hold);
  }
  a.claimed_at = claimed->at_stage;
  a.ruled = false;
  at_.bring(accounting::tray::question{*claimed, actors::ingress_actor{self_}});
  core::fault_point("ingress.claimed");
}

bool ingress::is_limited(const admission& a) const { return at_.snapshot->limited(parties_of(a)); }

void ingress::count_admitted(net::exchange& x) {
  auto& a = admission_of(x);
  if (a.held || a.booked || a.brings_key()) return;
  const auto told = std::pair{a.answer_cap, a.calls_cap}; // the provider was, or was not
  auto claimed = claim_of(x, a, *at_.snapshot);
  std::tie(a.answer_cap, a.calls_cap) = told;
  if (!claimed) return;
  claimed->at_stage = accounting::stage::running;
  claimed->spare_tokens = claimed->spare_hold = 0;
  a.held = std::make_unique<execution::hold>(at_, x.id(), claimed->hold);
  at_.bring(accounting::tray::question{*claimed, actors::ingress_actor{self_}});
}

void ingress::count_running() {
  for (const auto* among : {&at_.handed, &at_.returned})
    for (const auto& [request, x] : *among)
      count_admitted(*x);
  for (const auto& [request, x] : pending_) {
    const auto& a = admission_of(*x);
    if (a.unanswered /* it owes what an attempt before has cost */ || (!a.held && a.ruled && is_limited(a)))
      count_admitted(*x);
  }
  for (const auto& [request, call] : at_.running)
    count_admitted(*call->exchange());
}

} // namespace logos::ingress
