// SPDX-License-Identifier: MIT
#include "actors/catalog/snapshot.hpp"

#include "actors/catalog/key_scope.hpp"

#include <algorithm>

namespace logos::catalog {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

} // namespace

bool profile::permits(std::int64_t model_id) const {
  return every_model || std::binary_search(models.begin(), models.end(), model_id);
}

const profile* principal::find_profile(std::int64_t id) const {
  if (id == 0) return profiles.empty() ? nullptr : &profiles.front();
  const auto at = std::find_if(profiles.begin(), profiles.end(), [&](const profile& p) { return p.id == id; });
  return at == profiles.end() ? nullptr : &*at;
}

void snapshot::index() {
  for (const auto& p : providers)
    by_provider_.emplace(p.id, &p);
  for (const auto& d : deployments) {
    by_deployment_.emplace(d.id, &d);
    by_model_[d.model->id].push_back(&d);
  }
  for (auto& [id, list] : by_model_)
    std::sort(list.begin(), list.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  for (const auto& m : models) {
    by_name_.emplace(m.name, &m);
    by_lower_name_.emplace(lower(m.name), &m);
  }
  for (const auto& m : models) // after all names: an alias never hides a model
    for (const auto& alias : m.aliases) {
      by_name_.emplace(alias, &m);
      by_lower_name_.emplace(lower(alias), &m);
    }
  for (const auto& rule : rules.limits) {
    ruled_[static_cast<std::size_t>(rule.scope)].insert(rule.scope_id);
    limited_[static_cast<std::size_t>(rule.scope)].insert(rule.scope_id);
    if (rule.value == 0) closed_[static_cast<std::size_t>(rule.scope)].insert(rule.scope_id);
  }
  for (const auto& rule : rules.budgets) {
    ruled_[static_cast<std::size_t>(rule.scope)].insert(rule.scope_id);
    budgeted_[static_cast<std::size_t>(rule.scope)].insert(rule.scope_id);
    if (rule.hard) hard_budget_[static_cast<std::size_t>(rule.scope)].insert(rule.scope_id);
  }
}

bool snapshot::has_any(const ids_by_scope& of, const accounting::parties& who) {
  for (std::size_t scope = 0; scope < who.size(); ++scope)
    if (who[scope] != 0 && of[scope].contains(who[scope])) return true;
  return false;
}

bool snapshot::governs(const accounting::parties& who) const { return has_any(ruled_, who); }

bool snapshot::limited(const accounting::parties& who) const { return has_any(limited_, who); }

bool snapshot::budgeted(const accounting::parties& who) const { return has_any(budgeted_, who); }

bool snapshot::hard_budget(const accounting::parties& who) const { return has_any(hard_budget_, who); }

std::optional<core::scope> snapshot::closed(const accounting::parties& who) const {
  for (std::size_t scope = 0; scope < who.size(); ++scope)
    if (who[scope] != 0 && closed_[scope].contains(who[scope])) return static_cast<core::scope>(scope);
  return std::nullopt;
}

bool snapshot::rules_as(const snapshot& other, const accounting::parties& who) const {
  if (closed(who) != other.closed(who) || budgeted(who) != other.budgeted(who)) return false;
  if (!budgeted(who)) return true;
  const auto about = [&](const snapshot& in) {
    std::vector<const accounting::budget_rule*> found;
    for (const auto& rule : in.rules.budgets)
      if (accounting::concerns(rule.scope, rule.scope_id, who)) found.push_back(&rule);
    return found;
  };
  const auto ours = about(*this), theirs = about(other);
  return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                    [](const auto* a, const auto* b) { return *a == *b; });
}

const principal* snapshot::find_key(const core::key_hash& hash, core::wall_time now) const {
  auto holder = principals.size();
  if (const auto at = keys.find(hash); at != keys.end())
    holder = at->second;
  else if (const auto ending = ending_keys.find(hash); ending != ending_keys.end() && ending->second.until > now)
    holder = ending->second.holder;
  if (holder == principals.size()) return nullptr;
  const auto& who = principals[holder];
  return who.expires != core::wall_time{} && who.expires <= now ? nullptr : &who;
}

const model* snapshot::find_model(std::string_view name) const {
  if (const auto at = by_name_.find(name); at != by_name_.end()) return at->second;
  const auto at = by_lower_name_.find(lower(name));
  return at == by_lower_name_.end() ? nullptr : at->second;
}

std::span<const deployment* const> snapshot::deployments_of(std::int64_t model_id) const {
  const auto at = by_model_.find(model_id);
  if (at == by_model_.end()) return {};
  return at->second;
}

const deployment* snapshot::find_deployment(std::int64_t id) const {
  const auto at = by_deployment_.find(id);
  return at == by_deployment_.end() ? nullptr : at->second;
}

const provider* snapshot::find_provider(std::int64_t id) const {
  const auto at = by_provider_.find(id);
  return at == by_provider_.end() ? nullptr : at->second;
}

const provider* snapshot::find_provider(std::string_view name) const {
  const auto at = std::find_if(providers.begin(), providers.end(), [&](const provider& p) { return p.name == name; });
  return at == providers.end() ? nullptr : &*at;
}

bool snapshot::permits(const principal& who, const profile* with, std::int64_t model_id) {
  if (!who.root && (with == nullptr || !with->permits(model_id))) return false;
  return who.scope == nullptr || who.scope->permits_model(model_id);
}

bool snapshot::permits(const principal& who, const profile* with, const deployment& d) {
  return (with == nullptr || with->allows(d.provider->id)) && permits(who, with, d.model->id);
}

bool snapshot::reaches(const principal& who, const profile* with, std::int64_t model_id) const {
  if (!permits(who, with, model_id)) return false;
  if (with == nullptr || with->providers.empty()) return true;
  const auto all = deployments_of(model_id);
  return all.empty() ||
         std::any_of(all.begin(), all.end(), [&](const auto* d) { return with->allows(d->provider->id); });
}

} // namespace logos::catalog
