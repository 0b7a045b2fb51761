// SPDX-License-Identifier: MIT
#include "storage/sql/fields.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <unordered_set>

namespace logos::storage::sql {
namespace {

using ids = std::unordered_set<std::int64_t>;

template <class Entity>
ids ids_of(const std::vector<Entity>& entities) {
  ids found;
  for (const auto& each : entities)
    found.insert(each.id);
  return found;
}

/// Leaves out what hangs on something that is gone: it may have been added while its owner was being removed.
template <class Entity>
void keep_hanging(std::vector<Entity>& entities, std::int64_t Entity::*on, const ids& there, bool may_be_none) {
  std::erase_if(entities, [&](const Entity& each) { return each.*on == 0 ? !may_be_none : !there.contains(each.*on); });
}

/// Of the table `installation`: the version of the catalog in which budgets were last told to count anew.
constexpr std::string_view counting_row = "budgets_counting";
/// Followed by the node's name: the version that it goes by.
constexpr std::string_view in_force_row = "in_force/";

} // namespace

result<void> sql_store::recount_budgets() {
  return in_transaction(session_, intent::write, [this]() -> result<void> {
    if (auto bumped = bump_catalog(); !bumped) return bumped;
    const auto version = catalog_version();
    if (!version) return version.error();
    return set_installation_value(counting_row, std::to_string(*version));
  });
}

result<std::int64_t> sql_store::catalog_version() {
  auto found = session_.run("select version from catalog_state");
  if (!found) return found.error();
  if (found->empty()) return core::failure{core::ec::internal, "the table catalog_state is empty"};
  return parse_integer(*found->cells[0][0]);
}

result<void> sql_store::note_in_force(std::string_view node, std::int64_t version) {
  return set_installation_value(std::string{in_force_row}.append(node), std::to_string(version));
}

result<std::int64_t> sql_store::version_in_force(std::string_view node) {
  const auto noted = installation_value(std::string{in_force_row}.append(node));
  if (!noted) return noted.error();
  return noted->empty() ? 0 : parse_integer(*noted);
}

result<catalog_data> sql_store::load_catalog() {
  return in_transaction(session_, intent::read, [this]() -> result<catalog_data> {
    catalog_data loaded;
    if (auto known = follow_secret(); !known) return known.error();
    const auto version = catalog_version();
    if (!version) return version.error();
    loaded.version = *version;
    const auto counting = installation_value(counting_row);
    if (!counting) return counting.error();
    loaded.counting = parse_integer(*counting);
    auto currency = home_currency();
    if (!currency) return currency.error();
    loaded.currency = std::move(*currency);
    std::optional<core::failure> broken;
    const auto load = [&]<class Entity>(std::vector<Entity>& to) {
      if (broken) return;
      auto found = list_rows(table_of<Entity>(), 0, 1'000'000'000);
      if (!found) {
        broken = found.error();
        return;
      }
      to.reserve(found->size());
      for (const auto& row : *found)
        to.push_back(from_fields<Entity>(row, secret_));
    };
    load(loaded.users);
    load(loaded.services);
    load(loaded.processes);
    load(loaded.profiles);
    load(loaded.permissions);
    load(loaded.providers);
    load(loaded.models);
    load(loaded.deployments);
    load(loaded.policies);
    load(loaded.token_types);
    load(loaded.rates);
    load(loaded.prices);
    load(loaded.limits);
    load(loaded.budgets);
    load(loaded.credits);
    load(loaded.examples);
    if (broken) return *broken;
    const auto former = session_.run("select logos_key, previous_key from process where deleted_at is not null and"
                                     " (coalesce(key_prefix, '') = '' or previous_key is not null)");
    if (!former) return former.error();
    for (const auto& cells : former->cells)
      for (const auto& hex : cells)
        if (hex && !hex->empty()) loaded.former_keys.push_back(parse_hash(*hex));

    keep_hanging(loaded.processes, &process::user_id, ids_of(loaded.users), true);
    keep_hanging(loaded.processes, &process::service_id, ids_of(loaded.services), true);
    const auto processes = ids_of(loaded.processes);
    const auto models = ids_of(loaded.models);
    keep_hanging(loaded.profiles, &profile::process_id, processes, false);
    keep_hanging(loaded.permissions, &permission::profile_id, ids_of(loaded.profiles), false);
    keep_hanging(loaded.permissions, &permission::model_id, models, true);
    keep_hanging(loaded.deployments, &deployment::model_id, models, false);
    keep_hanging(loaded.deployments, &deployment::provider_id, ids_of(loaded.providers), false);
    keep_hanging(loaded.policies, &policy::process_id, processes, true);
    keep_hanging(loaded.policies, &policy::profile_id, ids_of(loaded.profiles), true);
    keep_hanging(loaded.credits, &credit::budget_id, ids_of(loaded.budgets), false);
    keep_hanging(loaded.prices, &price::model_id, models, true);
    keep_hanging(loaded.prices, &price::provider_id, ids_of(loaded.providers), true);
    return loaded;
  });
}

} // namespace logos::storage::sql
