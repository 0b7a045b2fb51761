// SPDX-License-Identifier: MIT
#include "actors/transfer/model_groups.hpp"

#include "actors/transfer/distinct_names.hpp"
#include "core/name_text.hpp"

#include <algorithm>
#include <set>

namespace logos::transfer {

model_groups::model_groups(simdjson::dom::element tables, const storage::catalog_data& there) : there_{there} {
  for (const auto& each : named_rows(tables, "models", "name"))
    rows_.emplace(each.id, row{each.name, each.name, each.id});
  std::map<std::string, std::string> here;
  for (const auto& m : there.models)
    here.emplace(core::folded_name(m.name), m.name);
  std::map<std::string, std::int64_t> first; // rows come by their ids
  for (auto& [id, each] : rows_) {
    if (each.called.empty()) continue;
    const auto folded = core::folded_name(each.called);
    each.kept = first.emplace(folded, id).first->second;
    if (const auto known = here.find(folded); known != here.end()) each.name = known->second;
  }
}

const model_groups::row& model_groups::at(std::int64_t id) const {
  static const row none{};
  const auto found = rows_.find(id);
  return found == rows_.end() ? none : found->second;
}

std::int64_t model_groups::kept(std::int64_t id) const {
  const auto& found = at(id);
  return found.kept == 0 ? id : found.kept;
}

std::string model_groups::other_name(std::int64_t id) const {
  const auto& found = at(id);
  return found.called == name(id) ? std::string{} : found.called;
}

std::string model_groups::left_out(const std::string& where, std::int64_t id) const {
  const auto& called = at(id).called;
  const auto& first = at(kept(id));
  return where + ": there is a model " + core::json_string(first.called) + " (id " + std::to_string(kept(id)) +
         ") in the file" +
         (called == first.called
              ? ", too"
              : ", and names that differ only in the case of letters are the same here, so clients may go on to name "
                "either") +
         ". They are one model here, " + core::json_string(first.name) +
         ", with the deployments and permissions of both; the weights, tags, description and parallel of " +
         core::json_string(called) + " (id " + std::to_string(id) + ") are left out.";
}

std::map<std::int64_t, std::vector<std::int64_t>> model_groups::groups() const {
  std::map<std::int64_t, std::vector<std::int64_t>> all;
  for (const auto& [id, each] : rows_)
    if (each.kept != 0) all[each.kept].push_back(id);
  std::erase_if(all, [](const auto& group) { return group.second.size() == 1; });
  return all;
}

void model_groups::settle(cargo& into, const facts& known) const {
  for (const auto& [first, group] : groups()) {
    for (auto& [model, where] : into.of<storage::model>())
      if (model.id == first) model.weight_privacy = privacy_of(group, into, known);
    warn(group, into, known);
  }
}

/// A deployment is as little private as its model and its provider. Where the providers say enough, the model is as
/// private as the most private of the group, so that what is private in it is still served to who asks for that.
/// Where one that is here already says more than upstream's model, nothing but the model is left to say it.
core::privacy_level model_groups::privacy_of(const std::vector<std::int64_t>& group, cargo& in,
                                             const facts& known) const {
  const auto of_model = [&](std::int64_t id) { return known.privacy.at(id); };
  const auto of_provider = [&](std::int64_t id) {
    auto out = core::privacy_level::local;
    for (const auto& [p, where] : in.of<storage::provider>()) {
      if (p.id != id) continue;
      out = p.privacy;
      for (const auto& other : there_.providers)
        if (other.name == p.name) out = other.privacy;
    }
    return out;
  };
  auto most = of_model(group.front()), least = most;
  for (const auto id : group) {
    most = std::min(most, of_model(id));
    least = std::max(least, of_model(id));
  }
  const auto says_less = [&](const auto& link) {
    return std::find(group.begin(), group.end(), link.first) != group.end() &&
           of_provider(link.second) < of_model(link.first);
  };
  return std::any_of(known.links.begin(), known.links.end(), says_less) ? least : most;
}

void model_groups::warn(const std::vector<std::int64_t>& group, cargo& into, const facts& known) const {
  std::map<std::int64_t, std::set<std::int64_t>> of_profile;
  for (const auto& [profile, model] : known.allowed)
    if (std::find(group.begin(), group.end(), model) != group.end()) of_profile[profile].insert(model);
  std::string wider;
  for (const auto& [profile, where] : into.of<storage::profile>())
    if (const auto of = of_profile.find(profile.id); of != of_profile.end() && of->second.size() < group.size())
      wider.append(wider.empty() ? "" : ", ")
          .append(core::json_string(profile.name))
          .append(" (id " + std::to_string(profile.id) + " in the file)");
  if (wider.empty()) return;
  into.warnings.push_back("table models: " + std::to_string(group.size()) + " models became " +
                          core::json_string(name(group.front())) + ", and the profiles " + wider +
                          " might use some of them only: they may use it wherever one of these is deployed. Where that "
                          "is not meant, set their allowed_providers.");
}

} // namespace logos::transfer
