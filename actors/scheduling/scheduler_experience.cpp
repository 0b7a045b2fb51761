// SPDX-License-Identifier: MIT
#include "actors/scheduling/scheduler.hpp"
#include "net/dialects/ollama.hpp"

#include <caf/all.hpp>

namespace logos::scheduling {
namespace {

constexpr std::chrono::seconds tell_after{2}; // what is learned meanwhile goes along

} // namespace

void scheduler::note(const actors::release& r) {
  experience_.observe(r.deployment_id, r);
  if (!loader_ || telling_) return;
  telling_ = clock_.steady() + tell_after;
  self_->delayed_send(self_, tell_after, atom::tick_v);
}

void scheduler::note(const actors::provider_observation& seen) {
  for (const auto& model : seen.loaded_models)
    for (const auto& d : terms_.deployments)
      if (net::ollama::same_model(d.model, model.name)) experience_.observe(d.deployment_id, model);
}

/// Only when something was learned, not with each grant.
void scheduler::show_experience(lane l) {
  if (!shown_) return;
  auto& o = shown_at(l);
  const auto known = experience_.of(places_.deployment_of(l));
  // Of a deployment whose answers come in one piece nobody knows when they began: what is waited for is their end.
  const bool in_pieces = known.first_token_us > 0 || known.prompt_token_ns > 0;
  const auto whole = known.calls > 0 ? times_.mean_us(l) : 0;
  o.first_token_us.store(in_pieces ? known.first_token_us : whole, std::memory_order_relaxed);
  o.prompt_token_ns.store(known.prompt_token_ns, std::memory_order_relaxed);
  o.answer_token_ns.store(known.answer_token_ns, std::memory_order_relaxed);
  o.failed_permille.store(known.error_permille, std::memory_order_relaxed);
}

void scheduler::tell_experience(core::steady_time now) {
  if (!telling_ || *telling_ > now) return;
  telling_.reset();
  tell_experience();
}

void scheduler::tell_experience() {
  actors::provider_experience all{terms_.provider_id, experience_.all()};
  if (!loader_ || all.deployments.empty()) return;
  for (auto& x : all.deployments)
    if (x.calls > 0) x.service_us = times_.mean_us(places_.lane_of(x.deployment_id));
  self_->send(loader_, std::move(all));
}

void scheduler::recall(const actors::provider_experience& before) {
  for (const auto& x : before.deployments) {
    const auto l = places_.lane_of(x.deployment_id);
    experience_.recall(x);
    if (x.service_us > 0) times_.recall(l, x.service_us);
    memory_.recall(l, x);
    show_experience(l);
  }
  queue_.pace(times_.typical());
  tell_experience();
  show_all();
}

} // namespace logos::scheduling
