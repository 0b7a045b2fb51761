// SPDX-License-Identifier: MIT
#include "commands/first_steps.hpp"

#include <algorithm>
#include <filesystem>

namespace logos::commands {
namespace {

template <class Entity>
const Entity* find_enabled(const std::vector<Entity>& in, std::int64_t id) {
  const auto at = std::find_if(in.begin(), in.end(), [&](const Entity& e) { return e.id == id; });
  return at == in.end() || !at->enabled ? nullptr : &*at;
}

/// A model that can be asked right away; null if there is none. `any`: whether there is one of another kind.
const storage::model* example_model(const storage::catalog_data& in, bool& any) {
  for (const auto& d : in.deployments) {
    const auto* const model = find_enabled(in.models, d.model_id);
    if (!d.enabled || model == nullptr || find_enabled(in.providers, d.provider_id) == nullptr) continue;
    any = true;
    if (model->tags.find("embedding") == std::string::npos) return model;
  }
  return nullptr;
}

std::string about_keys(const first_steps& at, const std::filesystem::path& file) {
  if (at.roots.kept) return {};
  const bool there = std::filesystem::exists(file);
  std::string out = there          ? file.string() + " is not a root key of this gateway any more."
                    : at.roots.any ? "Root's key is not in " + at.data_dir +
                                         "; a root key that was imported or is "
                                         "kept elsewhere works."
                                   : "There is no root key in " + at.data_dir + ".";
  out += " To make a key:\n  logos key create NAME --model '*' --data-dir " + at.data_dir;
  if (!at.config_file.empty()) out += " --config " + at.config_file;
  if (!at.roots.any) out += "\nNobody is root now: to make a new root key, start with another LOGOS_ROOT_KEY.";
  return out + "\n";
}

std::string about_models(const first_steps& at, const std::string& key) {
  bool any = false;
  const auto* const model = example_model(at.catalog, any);
  const auto bearer = " -H \"Authorization: Bearer " + key + "\"";
  if (model != nullptr)
    return "Try it:\n  curl -N " + at.address + "/v1/chat/completions" + bearer +
           " -H 'Content-Type: application/json' -d '{\"model\":\"" + model->name +
           "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}'\n";
  if (any) return "What there is:\n  curl " + at.address + "/v1/models" + bearer + "\n";
  const auto provider = std::find_if(at.catalog.providers.begin(), at.catalog.providers.end(),
                                     [](const storage::provider& p) { return p.enabled; });
  if (provider == at.catalog.providers.end())
    return "No provider is configured yet: add one to logos.yaml, or POST it to " + at.address +
           "/admin/v1/providers. With --demo a simulated fleet answers.\n";
  return "The provider " + provider->name + " has no models yet. To add one:\n  curl " + at.address +
         "/admin/v1/models" + bearer + " -d '{\"name\":\"MODEL\"}'\n  curl " + at.address + "/admin/v1/deployments" +
         bearer + " -d '{\"model\":\"MODEL\",\"provider\":\"" + provider->name + "\"}'\n";
}

} // namespace

std::string to_string(const first_steps& at) {
  const auto file = std::filesystem::path{at.data_dir} / root_key_file;
  return about_keys(at, file) + about_models(at, at.roots.kept ? "$(cat " + file.string() + ")" : "$LOGOS_KEY");
}

} // namespace logos::commands
