// SPDX-License-Identifier: MIT
#include "actors/administration/names.hpp"

namespace logos::administration {
namespace {

constexpr int page = 1000;

template <class Entity, class Visit>
storage::result<void> each(storage::store& in, Visit visit) {
  std::int64_t after = 0;
  for (;;) {
    const auto found = in.list<Entity>(after, page);
    if (!found) return found.error();
    for (const auto& entity : *found)
      visit(entity);
    if (found->size() < static_cast<std::size_t>(page)) return {};
    after = found->back().id;
  }
}

core::failure unknown(std::string_view noun, std::string_view name) {
  const std::string what{noun};
  return {core::ec::bad_field, "There is no " + what + " '" + std::string{name.substr(0, 100)} + "'.", what};
}

} // namespace

/// FNV-1a, because nodes that run different programs have to agree.
std::string names::tell(std::string name) {
  constexpr std::uint64_t basis = 0xcbf29ce484222325U;
  constexpr std::uint64_t prime = 0x100000001b3U;
  if (told_ == 0) told_ = basis;
  for (const unsigned char c : name)
    told_ = (told_ ^ c) * prime;
  told_ *= prime; // where it ends
  return name;
}

storage::result<void> names::load_models() {
  if (models_loaded_ || store_ == nullptr) return {};
  models_loaded_ = true;
  return each<storage::model>(*store_, [this](const storage::model& m) {
    models_.emplace(m.name, m.id);
    model_names_.emplace(m.id, m.name);
    for (const auto& alias : m.aliases)
      aliases_.emplace(alias, m.id);
  });
}

storage::result<void> names::load_providers() {
  if (providers_loaded_ || store_ == nullptr) return {};
  providers_loaded_ = true;
  return each<storage::provider>(*store_, [this](const storage::provider& p) {
    providers_.emplace(p.name, p.id);
    provider_names_.emplace(p.id, p.name);
  });
}

storage::result<std::int64_t> names::model_id(std::string_view name) {
  if (auto loaded = load_models(); !loaded) return loaded.error();
  if (const auto at = models_.find(name); at != models_.end()) return at->second;
  if (const auto at = aliases_.find(name); at != aliases_.end()) return at->second;
  return unknown("model", name);
}

storage::result<std::int64_t> names::provider_id(std::string_view name) {
  if (auto loaded = load_providers(); !loaded) return loaded.error();
  if (const auto at = providers_.find(name); at != providers_.end()) return at->second;
  return unknown("provider", name);
}

std::string names::model_name(std::int64_t id) {
  if (id == 0 || !load_models()) return {};
  const auto at = model_names_.find(id);
  return tell(at == model_names_.end() ? std::string{} : at->second);
}

void names::learn_uses(std::span<const std::int64_t> process_ids) {
  for (const auto id : process_ids)
    uses_.try_emplace(id);
  if (store_ == nullptr) return;
  const auto found = store_->last_uses(process_ids);
  if (!found) return; // an answer without it is better than none
  for (const auto& use : *found)
    uses_[use.process_id] = use.at;
}

std::optional<core::wall_time> names::last_use(std::int64_t process_id) {
  if (!uses_.contains(process_id)) learn_uses({&process_id, 1});
  return uses_[process_id];
}

std::string names::provider_name(std::int64_t id) {
  if (id == 0 || !load_providers()) return {};
  const auto at = provider_names_.find(id);
  return tell(at == provider_names_.end() ? std::string{} : at->second);
}

} // namespace logos::administration
