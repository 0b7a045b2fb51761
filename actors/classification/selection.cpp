// SPDX-License-Identifier: MIT
#include "actors/classification/selection.hpp"

#include "actors/catalog/key_scope.hpp"

#include <algorithm>
#include <span>

namespace logos::classification {
namespace {

using core::ec;

constexpr std::int32_t any_cost = -1024; // upstream's sentinel for "the minimum": no bound
constexpr std::size_t shown_candidates = 5;

std::int64_t weight(const catalog::model& m) {
  return std::int64_t{m.weight_accuracy} + m.weight_quality + m.weight_latency + m.weight_cost;
}

std::string quoted(std::string_view name) { return "'" + std::string{name.substr(0, 200)} + "'"; }

/// The model's deployments that pass every hard filter.
std::vector<std::int64_t> usable(const selection_input& in, const catalog::model& m) {
  std::vector<std::int64_t> out;
  for (const auto* d : in.snapshot.deployments_of(m.id)) {
    const bool wanted = in.provider_id == 0 || d->provider->id == in.provider_id;
    if (wanted && admits(in.policy, *d)) out.push_back(d->id);
  }
  return out;
}

/// Whether the provider that the client insists on has the model at all.
bool is_there(const selection_input& in, const catalog::model& m) {
  const auto all = in.snapshot.deployments_of(m.id);
  return in.provider_id == 0 ||
         std::any_of(all.begin(), all.end(), [&](const auto* d) { return d->provider->id == in.provider_id; });
}

selection refuse(ec code, std::string message, std::string param = {}) {
  selection out;
  out.failure = {code, std::move(message), std::move(param)};
  return out;
}

/// Permitted, but not to this key.
selection refuse_out_of_scope(const selection_input& in, const catalog::model& m) {
  std::string allowed;
  for (const auto id : in.who.scope->models())
    for (const auto& each : in.snapshot.models)
      if (each.id == id) allowed.append(allowed.empty() ? "" : ", ").append(each.name);
  return refuse(ec::out_of_scope,
                "This key may not use the model " + quoted(m.name) + ": its scope allows " +
                    (allowed.empty() ? "models that are gone" : "the models " + allowed) + ".",
                "model");
}

selection named(const selection_input& in) {
  const auto* m = in.snapshot.find_model(in.model);
  const bool otherwise = m != nullptr && (in.who.root || (in.profile != nullptr && in.profile->permits(m->id)));
  if (otherwise && in.who.scope != nullptr && !in.who.scope->permits_model(m->id)) return refuse_out_of_scope(in, *m);
  // One answer for what does not exist and what is not permitted: a key cannot probe for names.
  if (m == nullptr || !catalog::snapshot::permits(in.who, in.profile, m->id))
    return refuse(ec::model_not_found,
                  "The model " + quoted(in.model) +
                      " does not exist or this key may not use it. GET /v1/models lists what it may use.",
                  "model");
  selection out;
  out.deployments = usable(in, *m);
  if (!out.deployments.empty()) return out;
  if (in.snapshot.deployments_of(m->id).empty())
    return refuse(ec::no_provider, "No enabled provider serves the model " + quoted(m->name) + ".", "model");
  if (!is_there(in, *m))
    return refuse(ec::model_not_found,
                  "The provider that header 'provider' asks for does not serve the model " + quoted(m->name) + ".",
                  "provider");
  return refuse(ec::forbidden,
                "No provider of the model " + quoted(m->name) + " is allowed by the policy or provider asked for.",
                "model");
}

std::string describe(std::span<const catalog::model* const> ranked) {
  std::string out = R"({"candidate_count":)" + std::to_string(ranked.size()) + R"(,"candidates":[)";
  for (std::size_t i = 0; i < std::min(ranked.size(), shown_candidates); ++i) {
    if (i != 0) out += ',';
    out += R"({"model_id":)" + std::to_string(ranked[i]->id) + R"(,"model":)" + core::json_string(ranked[i]->name) +
           R"(,"weight":)" + std::to_string(weight(*ranked[i])) + '}';
  }
  out += "]}";
  return out;
}

selection chosen(const selection_input& in) {
  std::vector<const catalog::model*> ranked;
  for (const auto& m : in.snapshot.models)
    if (catalog::snapshot::permits(in.who, in.profile, m.id) && !usable(in, m).empty()) ranked.push_back(&m);
  if (ranked.empty())
    return refuse(ec::model_not_found,
                  "The request names no model and none that this key may use is available under its "
                  "policy. GET /v1/models lists what it may use.",
                  "model");
  std::sort(ranked.begin(), ranked.end(), [](const auto* a, const auto* b) {
    return weight(*a) != weight(*b) ? weight(*a) > weight(*b) : a->id < b->id;
  });
  selection out;
  out.deployments = usable(in, *ranked.front());
  out.statistics = describe(ranked);
  return out;
}

} // namespace

bool admits(const catalog::policy* policy, const catalog::deployment& d) {
  if (policy == nullptr) return true;
  if (d.provider->privacy > policy->threshold_privacy) return false;
  return policy->threshold_cost == any_cost || d.model->weight_cost >= policy->threshold_cost;
}

selection select(const selection_input& in) {
  auto found = select_named(in);
  return found ? *std::move(found) : chosen(in);
}

std::optional<selection> select_named(const selection_input& in) {
  if (in.model.empty()) return std::nullopt;
  if (!in.model.starts_with("logos-v") || in.snapshot.find_model(in.model) != nullptr) return named(in);
  // A policy inside the name that is not understood must not be ignored: it may be about privacy.
  if (in.model.find("__") != std::string_view::npos)
    return refuse(ec::bad_field,
                  "The model " + quoted(in.model) +
                      " carries a policy, which this version does not read. Use the `policy` header instead.",
                  "model");
  return std::nullopt;
}

} // namespace logos::classification
