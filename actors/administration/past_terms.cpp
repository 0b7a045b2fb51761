// SPDX-License-Identifier: MIT
#include "actors/administration/past_terms.hpp"

#include "actors/classification/policies.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace logos::administration {
namespace {

namespace cl = classification;

/// What a policy is worked out from. Deployments point into `of`, which it keeps.
catalog::snapshot_ptr with_policies(const catalog::snapshot_ptr& of, std::vector<catalog::policy> policies) {
  struct kept {
    catalog::snapshot made;
    catalog::snapshot_ptr of;
  };
  auto out = std::make_shared<kept>();
  out->of = of;
  out->made.deployments = of->deployments;
  out->made.policies = std::move(policies);
  return {out, &out->made};
}

bool contains(const std::vector<std::int64_t>& ids, std::int64_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

catalog::snapshot_ptr without_policies(const catalog::snapshot_ptr& of, const std::vector<std::int64_t>& ids) {
  auto left = of->policies;
  std::erase_if(left, [&](const catalog::policy& p) { return contains(ids, p.id); });
  return with_policies(of, std::move(left));
}

/// That policy, where it is there for this key.
const catalog::policy* policy_for_key(const cl::petitioner& by, std::int64_t id) {
  if (id == 0) return nullptr;
  const auto found = cl::find_policy(by, std::to_string(id));
  return found && (*found)->id == id ? *found : nullptr;
}

const catalog::policy* policy_in(const catalog::snapshot& in, std::int64_t id) {
  const auto at =
      std::find_if(in.policies.begin(), in.policies.end(), [id](const catalog::policy& p) { return p.id == id; });
  return at == in.policies.end() ? nullptr : &*at;
}

/// What is likely of a decision of before it was told.
past_decision::terms guess_obeyed(const catalog::snapshot& in, std::int64_t policy_id) {
  past_decision::terms out;
  if (policy_id == 0) return out;
  out.policies = {policy_id};
  if (const auto* p = policy_in(in, policy_id); p != nullptr && p->use == core::policy_use::named)
    out.named_id = policy_id;
  return out;
}

/// What the request said, and the default that it obeyed, as long as that is one.
cl::petition petition_of(const past_decision::terms& obeyed, const cl::petitioner& by) {
  cl::petition out;
  out.wished_id = obeyed.wished_id;
  out.by_name = obeyed.by_name;
  if (obeyed.named_id != 0)
    out.policy_id = obeyed.named_id;
  else if (!obeyed.policies.empty())
    if (const auto* p = policy_for_key(by, obeyed.policies.front());
        p != nullptr && p->use == core::policy_use::standard)
      out.policy_id = p->id;
  return out;
}

/// Policies that always hold for the key now, and did not hold for the decision. A default that came since is none of
/// these: which one the request obeyed is known (`petition_of`).
std::vector<std::int64_t> made_since(const reform& asked, const cl::petitioner& now,
                                     const std::vector<std::int64_t>& obeyed) {
  std::vector<std::int64_t> out;
  if (const auto all = cl::policies_obeyed(now, {}))
    for (const auto* p : *all) {
      const bool is_joined = asked.all && p->id == asked.policy_id;
      if (p->use == core::policy_use::always && !is_joined && !contains(obeyed, p->id)) out.push_back(p->id);
    }
  return out;
}

catalog::policy value_or_none(const cl::policy_ptr& p) { return p != nullptr ? *p : catalog::policy{}; }

/// `was` with what is another in `changed` than in `base`.
catalog::policy altered(catalog::policy was, const catalog::policy& base, const catalog::policy& changed) {
  const auto take = [&](auto catalog::policy::*member) {
    if (changed.*member != base.*member) was.*member = changed.*member;
  };
  take(&catalog::policy::threshold_privacy);
  take(&catalog::policy::threshold_latency);
  take(&catalog::policy::threshold_accuracy);
  take(&catalog::policy::threshold_cost);
  take(&catalog::policy::threshold_quality);
  take(&catalog::policy::topic);
  return was;
}

} // namespace

catalog::snapshot_ptr with_policy(const catalog::snapshot_ptr& of, const catalog::policy& changed, bool enabled) {
  auto policies = of->policies;
  // In its place: where several say the same, the first counts.
  const auto at =
      std::find_if(policies.begin(), policies.end(), [&](const catalog::policy& p) { return p.id == changed.id; });
  if (at != policies.end() && enabled)
    *at = changed;
  else if (at != policies.end())
    policies.erase(at);
  else if (enabled)
    policies.push_back(changed);
  return with_policies(of, std::move(policies));
}

earlier_catalogs::two earlier_catalogs::without(const reform& asked, const std::vector<std::int64_t>& newer) {
  if (newer.empty()) return {asked.now, asked.changed};
  if (const auto at = kept_.find(newer); at != kept_.end()) return at->second;
  if (kept_.size() >= most_) kept_.clear();
  ++made_;
  const two out{without_policies(asked.now, newer), without_policies(asked.changed, newer)};
  kept_.emplace(newer, out);
  return out;
}

two_terms terms_of(const reform& asked, earlier_catalogs& earlier, const catalog::principal& who,
                   const catalog::profile* with, const past_decision& made, std::int64_t policy_id,
                   const core::needs& needs) {
  auto obeyed = made.obeyed ? *made.obeyed : guess_obeyed(*asked.now, policy_id);
  cl::petitioner as_it_is{asked.now, &who, with}, as_it_would_be{asked.changed, &who, with};
  if (made.obeyed) {
    auto then = earlier.without(asked, made_since(asked, as_it_is, obeyed.policies));
    as_it_is.in = std::move(then.now);
    as_it_would_be.in = std::move(then.changed);
  }
  // What has gone by itself is not missed for the change's sake.
  if (policy_for_key(as_it_is, obeyed.named_id) == nullptr) obeyed.named_id = 0;
  if (policy_for_key(as_it_is, obeyed.wished_id) == nullptr) obeyed.wished_id = 0;
  const auto was = petition_of(obeyed, as_it_is);
  auto would = petition_of(obeyed, as_it_would_be);

  const auto* changed_policy = policy_in(*asked.changed, asked.policy_id);
  if (changed_policy == nullptr) changed_policy = policy_in(*asked.now, asked.policy_id);
  const bool by_itself = changed_policy != nullptr && changed_policy->use == core::policy_use::always;
  const bool in_place = asked.all && !by_itself && was.policy_id != asked.policy_id;
  if (in_place) would.policy_id = asked.policy_id;

  two_terms out;
  const auto base = cl::policy_for(as_it_is, was, needs);
  const auto changed = cl::policy_for(as_it_would_be, would, needs);
  if (!base || !changed) {
    out.forbidden = true;
    return out;
  }
  out.before = made.obeyed ? obeyed.in_force : value_or_none(*base);
  out.after = in_place ? value_or_none(*changed) : altered(out.before, value_or_none(*base), value_or_none(*changed));
  // Which topic it wished for is not kept, and goes before any policy's.
  if (obeyed.by_name && !obeyed.by_name->topic.empty()) out.after.topic = out.before.topic;
  return out;
}

} // namespace logos::administration
