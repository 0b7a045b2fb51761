// SPDX-License-Identifier: MIT
#include "actors/execution/lawful.hpp"

#include "actors/classification/selection.hpp"
#include "actors/ingress/other_models.hpp"
#include "actors/ingress/own_path.hpp"

#include <algorithm>

namespace logos::execution {

bool is_lawful(const catalog::snapshot_ptr& now, const catalog::principal& who, const admission& a,
               const catalog::deployment& d) {
  const bool same = now == a.snapshot;
  const auto* profile = a.profile;
  auto policy = a.policy;
  if (!same) {
    if (profile != nullptr && (profile = who.find_profile(profile->id)) == nullptr) return false;
    const auto fresh = classification::policy_for({now, &who, profile}, a.petition, a.needs);
    if (!fresh) return false;
    policy = *fresh;
  }
  // With a client's own key the provider is the client's choice, and its models the provider's affair.
  if (a.brings_key()) return classification::admits(policy.get(), d);
  return classification::may_serve(who, profile, policy.get(), d) && classification::can_do(*d.model, a.needs) &&
         classification::has_room(*d.model, a.needs) && ingress::fits_own_path(d.route.fixed_path, a.intent) &&
         (a.others.empty() || ingress::first_refused({*now, who, profile, policy.get()}, d, a.others) == nullptr);
}

bool is_lawful(const catalog::snapshot_ptr& now, const admission& a, const catalog::deployment& d) {
  if (now == a.snapshot || a.brings_key()) return is_lawful(now, *a.who, a, d);
  const auto who = std::find_if(now->principals.begin(), now->principals.end(),
                                [&](const auto& p) { return p.process_id == a.who->process_id; });
  return who != now->principals.end() && is_lawful(now, *who, a, d);
}

core::failure no_longer_lawful() {
  return {core::ec::forbidden, "What this key may use has changed while the request waited."};
}

} // namespace logos::execution
