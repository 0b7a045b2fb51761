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

void scheduler::tell_experience(core::steady_time now) {
  if (!telling_ || *telling_ > now) return;
  telling_.reset();
  self_->send(loader_, actors::provider_experience{terms_.provider_id, experience_.all()});
}

} // namespace logos::scheduling
