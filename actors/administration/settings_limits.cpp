// SPDX-License-Identifier: MIT
#include "actors/administration/settings_limits.hpp"

#include "actors/administration/rights.hpp"
#include "actors/catalog/process_limits.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace logos::administration {
namespace {

using storage::limit;

std::vector<limit> limits_of(const storage::process& p) {
  std::vector<limit> all;
  for (const auto& rule : catalog::limits_of_settings(p.id, p.settings)) {
    limit one;
    static_cast<storage::entity&>(one) = p;
    one.id = rule.id;
    one.scope = rule.scope;
    one.scope_id = rule.scope_id;
    one.kind = rule.kind;
    one.value = rule.value;
    all.push_back(one);
  }
  return all;
}

/// Whether filters rule it out already by what the catalog knows, so that its process need not be read.
bool is_ruled_out(const accounting::limit_rule& rule, const query& filters) {
  const auto differs = [&](std::string_view name, std::string_view has) {
    const auto at = filters.find(name);
    return at != filters.end() && at->second != has;
  };
  return differs("scope", core::to_string(rule.scope)) || differs("scope_id", std::to_string(rule.scope_id)) ||
         differs("kind", core::to_string(rule.kind)) || differs("id", std::to_string(rule.id)) ||
         differs("source", "settings");
}

} // namespace

storage::result<std::vector<limit>> list_both_limits(storage::store& in, const call& c, std::int64_t after, int most) {
  std::vector<limit> all;
  if (after >= 0) {
    auto made = in.list<limit>(after, most);
    if (!made) return made.error();
    all = std::move(*made);
    after = 0;
  }
  if (c.snapshot == nullptr) return all;
  const sight seen{c};
  std::vector<std::int64_t> ids;
  for (const auto& rule : c.snapshot->rules.limits)
    if (rule.id < after && seen.sees(rule.scope, rule.scope_id) && !is_ruled_out(rule, c.parameters))
      ids.push_back(rule.id);
  std::sort(ids.rbegin(), ids.rend());
  for (const auto id : ids) {
    if (all.size() >= static_cast<std::size_t>(most)) break;
    auto one = find_either_limit(in, id);
    if (one)
      all.push_back(std::move(*one));
    else if (one.error().code != core::ec::resource_not_found) // gone since
      return one.error();
  }
  return all;
}

storage::result<limit> find_either_limit(storage::store& in, std::int64_t id) {
  if (id >= 0) return in.find<limit>(id);
  const auto gone = not_there("limit", id);
  const auto process_id = catalog::process_of_limit(id);
  if (process_id == 0) return gone;
  const auto of = in.find<storage::process>(process_id);
  if (!of) return of.error().code == core::ec::resource_not_found ? gone : of.error();
  for (auto& one : limits_of(*of))
    if (one.id == id) return std::move(one);
  return gone;
}

core::failure check_kept_here(const limit& of) {
  if (of.id >= 0) return {};
  const auto process = std::to_string(of.scope_id);
  return {core::ec::conflict, "Limit " + std::to_string(of.id) + " stands in the settings of process " + process +
                                  ": change or remove 'settings." + std::string{catalog::setting_of_limit(of.kind)} +
                                  "' with PATCH /admin/v1/processes/" + process + "."};
}

} // namespace logos::administration
