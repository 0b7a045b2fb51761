// SPDX-License-Identifier: MIT
// INGRESS and which of the candidates a request may go to: before it is queued, and again when its turn has come.
#include "actors/catalog/key_scope.hpp"
#include "actors/classification/cascade.hpp"
#include "actors/classification/checks/inspection.hpp"
#include "actors/execution/lawful.hpp"
#include "actors/ingress/extent.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/ingress/other_models.hpp"
#include "actors/ingress/own_path.hpp"
#include "actors/ingress/reach.hpp"
#include "actors/ingress/recognition.hpp"
#include "actors/ingress/relayed_batches.hpp"

#include <algorithm>
#include <utility>

namespace logos::ingress {

using core::ec;
using core::failure;

namespace {

destination destination_of(const net::exchange& x, const execution::admission& a, bool batches_here) {
  return {x.request().method, x.request().path, a.intent.route.rest, batches_here};
}

} // namespace

failure ingress::keep_reachable(const net::exchange& x, admission& a) const {
  failure last;
  std::erase_if(a.candidates, [&](std::int64_t id) {
    const auto* d = a.snapshot->find_deployment(id);
    if (d == nullptr || d->provider->type != core::provider_type::openwebui) return false;
    auto bad = check_reach(*a.who, destination_of(x, a, at_.rules.batches), d->provider->type);
    const bool out = bad.code != ec::none;
    if (out) last = std::move(bad);
    return out;
  });
  return a.candidates.empty() ? last : failure{};
}

bool ingress::is_fitting(const admission& a, std::int64_t deployment_id, bool in_path) {
  const auto* d = a.snapshot->find_deployment(deployment_id);
  if (d == nullptr || d->route.fixed_path.empty()) return true;
  return !in_path && fits_own_path(d->route.fixed_path, a.intent);
}

void ingress::plan_cascade(const net::exchange& x, admission& a,
                           std::vector<classification::allowed_model> ranked) const {
  const auto& i = a.intent;
  if (!checks::can_judge(i)) return;
  const auto may = estimate(i, x.request().body.size(), 0);
  const classification::likely_use use{may.prompt, may.answer * may.answers, x.received()};
  auto models = classification::cascade_of(std::move(ranked), *a.snapshot, a.policy->cascade, use);
  auto plan = std::make_unique<execution::cascading>();
  for (const auto& c : models) {
    auto chosen = std::exchange(a.candidates, c.deployments);
    std::erase_if(a.candidates, [&](std::int64_t id) { return !is_fitting(a, id, false); });
    if (!a.candidates.empty() && keep_reachable(x, a).code == ec::none) plan->steps.push_back(a.candidates);
    a.candidates = std::move(chosen);
  }
  if (plan->steps.size() < 2) return;
  plan->rules = a.policy->cascade;
  plan->choice = a.statistics;
  a.candidates = plan->steps.front();
  a.cascade = std::move(plan);
  execution::note_cascade(a);
}

failure ingress::keep_permitted(const net::exchange& x, admission& a) {
  if (const auto field = a.intent.multipart.further_models; !field.empty())
    return {ec::bad_field,
            "A form cannot name further models: leave out its field '" + std::string{field.substr(0, 100)} + "'.",
            std::string{field.substr(0, 100)}};
  if (hands_in_batch(x.request(), a.intent)) return {}; // judged by itself
  if (!a.intent.json.names_models) return {};
  auto others = net::find_model_names(x.request().body);
  if (!others) return others.error();
  a.others = std::move(*others);
  const net::model_name* missing = nullptr;
  std::erase_if(a.candidates, [&](std::int64_t id) {
    const auto* d = a.snapshot->find_deployment(id);
    const auto* refused =
        d == nullptr ? nullptr : first_refused({*a.snapshot, *a.who, a.profile, a.policy.get()}, *d, a.others);
    if (refused != nullptr) missing = refused;
    return refused != nullptr;
  });
  return a.candidates.empty() && missing != nullptr ? other_model_refused(*missing) : failure{};
}

bool ingress::still_allowed(const net::exchange& x, const admission& a, std::int64_t deployment_id) const {
  if (a.brings_key()) return visitor_still_allowed(a, deployment_id);
  const auto now = clock_.wall();
  const auto* d = at_.snapshot->find_deployment(deployment_id);
  if (d == nullptr) return false;
  const bool same = a.snapshot == at_.snapshot; // decided on this very catalog: only time has passed
  if (same && a.who->expires == core::wall_time{} && at_.snapshot->ending_keys.empty())
    return execution::is_lawful(at_.snapshot, *a.who, a, *d);
  const auto* who =
      x.made_for() == 0 ? at_.snapshot->find_key(a.key, now) : find_holder(x.made_for(), *at_.snapshot, now);
  if (who == nullptr || who->process_id != a.who->process_id) return false;
  if (same) return execution::is_lawful(at_.snapshot, *a.who, a, *d);
  if (who->scope != nullptr && who->scope->check(x.request().path, x.client_address()).code != ec::none) return false;
  if (check_reach(*who, destination_of(x, a, at_.rules.batches), d->provider->type).code != ec::none) return false;
  return execution::is_lawful(at_.snapshot, *who, a, *d);
}

void ingress::pass_over_forbidden(const net::exchange& x, admission& a) const {
  const auto has_failed = [&](std::int64_t id) {
    return std::find(a.failed.begin(), a.failed.end(), id) != a.failed.end();
  };
  do {
    for (const auto id : a.candidates)
      if (!has_failed(id) && !still_allowed(x, a, id)) a.failed.push_back(id);
  } while (std::all_of(a.candidates.begin(), a.candidates.end(), has_failed) && execution::next_step(a));
}

bool ingress::is_passed_over(const admission& a, const catalog::deployment& d) const {
  return a.cascade && a.cascade->at != 0 && classification::is_ruled(*at_.snapshot, d.model->id);
}

} // namespace logos::ingress
