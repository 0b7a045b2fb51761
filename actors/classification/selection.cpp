// SPDX-License-Identifier: MIT
#include "actors/classification/selection.hpp"

#include "actors/catalog/key_scope.hpp"

#include <algorithm>

namespace logos::classification {
namespace {

using core::ec;

std::string quoted(std::string_view name) { return "'" + std::string{name.substr(0, 200)} + "'"; }

/// The model's deployments that pass every hard filter.
std::vector<std::int64_t> usable(const selection_input& in, const catalog::model& m) {
  std::vector<std::int64_t> out;
  for (const auto* d : in.snapshot.deployments_of(m.id)) {
    const bool wanted = in.provider_id == 0 || d->provider->id == in.provider_id;
    if (wanted && may_serve(in.who, in.profile, in.policy, *d)) out.push_back(d->id);
  }
  return out;
}

/// Whether the provider that the client insists on has the model at all.
bool is_there(const selection_input& in, const catalog::model& m) {
  const auto all = in.snapshot.deployments_of(m.id);
  return in.provider_id == 0 ||
         std::any_of(all.begin(), all.end(), [&](const auto* d) { return d->provider->id == in.provider_id; });
}

std::string words(core::capability_set set) {
  std::string out;
  for (const auto& word : core::words_of(set))
    out.append(out.empty() ? "" : ", ").append(word);
  return out;
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

/// Permitted, but not made for this.
selection refuse_incapable(const selection_input& in, const catalog::model& m) {
  return refuse(ec::bad_field,
                "The request needs a model with " + words(in.needs.capabilities.without(m.capabilities)) +
                    ", which the model " + quoted(m.name) + " has not: its 'capabilities' are " +
                    words(m.capabilities) + ".",
                "model");
}

selection named(const selection_input& in) {
  const auto* m = in.snapshot.find_model(in.model);
  const bool otherwise = m != nullptr && (in.who.root || (in.profile != nullptr && in.profile->permits(m->id)));
  if (otherwise && in.who.scope != nullptr && !in.who.scope->permits_model(m->id)) return refuse_out_of_scope(in, *m);
  // One answer for what does not exist and what is not permitted: a key cannot probe for names.
  if (m == nullptr || !in.snapshot.reaches(in.who, in.profile, m->id))
    return refuse(ec::model_not_found,
                  "The model " + quoted(in.model) +
                      " does not exist or this key may not use it. GET /v1/models lists what it may use.",
                  "model");
  selection out;
  if (can_do(*m, in.needs)) out.deployments = usable(in, *m);
  if (!out.deployments.empty()) return out;
  if (in.snapshot.deployments_of(m->id).empty())
    return refuse(ec::no_provider, "No enabled provider serves the model " + quoted(m->name) + ".", "model");
  if (!can_do(*m, in.needs)) return refuse_incapable(in, *m);
  if (!is_there(in, *m))
    return refuse(ec::model_not_found,
                  "The provider that header 'provider' asks for does not serve the model " + quoted(m->name) + ".",
                  "provider");
  return refuse(ec::forbidden,
                "No provider of the model " + quoted(m->name) + " is allowed by the policy or provider asked for.",
                "model");
}

} // namespace

bool can_do(const catalog::model& m, const core::needs& needs) {
  return m.capabilities.empty() || needs.capabilities.without(m.capabilities).empty();
}

bool has_room(const catalog::model& m, const core::needs& needs) {
  return m.context_tokens == 0 || needs.tokens <= m.context_tokens;
}

std::vector<allowed_model> candidates_of(const selection_input& in) {
  std::vector<allowed_model> out;
  for (const auto& m : in.snapshot.models) {
    if (!catalog::snapshot::permits(in.who, in.profile, m.id) || !can_do(m, in.needs))
      continue; // before its deployments
    if (!has_room(m, in.needs)) continue;
    if (auto where = usable(in, m); !where.empty()) out.push_back({&m, std::move(where)});
  }
  return out;
}

selection refuse_choice(const selection_input& in) {
  const std::string no_model = "The request names no model, and ";
  bool permitted = false, capable = false, admitted = false;
  for (const auto& m : in.snapshot.models) {
    if (!in.snapshot.reaches(in.who, in.profile, m.id)) continue;
    permitted = true;
    if (!can_do(m, in.needs)) continue;
    capable = true;
    admitted = admitted || !usable(in, m).empty();
  }
  if (!permitted)
    return refuse(ec::model_not_found, no_model + "this key may use none. GET /v1/models lists what it may use.",
                  "model");
  if (!capable)
    return refuse(ec::model_not_found,
                  no_model + "none that this key may use has all that it needs: " + words(in.needs.capabilities) + ".",
                  "model");
  if (!admitted)
    return refuse(ec::model_not_found,
                  no_model + "none that this key may use is available under its policy. GET /v1/models lists what it "
                             "may use.",
                  "model");
  return refuse(ec::model_not_found,
                no_model + "the context of none that this key may use has room for about " +
                    std::to_string(in.needs.tokens) + " tokens.",
                "model");
}

bool leaves_choice(const catalog::snapshot& in, std::string_view model) {
  return model.empty() || (asks_for_choice(model) && in.find_model(model) == nullptr);
}

std::optional<selection> select_named(const selection_input& in) {
  if (leaves_choice(in.snapshot, in.model)) return std::nullopt;
  return named(in);
}

} // namespace logos::classification
