// SPDX-License-Identifier: MIT
#include "actors/ingress/other_models.hpp"

#include "actors/catalog/passages.hpp"
#include "actors/classification/policies.hpp"

#include <algorithm>

namespace logos::ingress {
namespace {

/// Whether a limit or a budget is about the model itself.
bool has_rules(const catalog::snapshot& in, const catalog::model& m) {
  accounting::parties about{};
  about[static_cast<std::size_t>(core::scope::model)] = m.id;
  return in.governs(about);
}

} // namespace

const net::model_name* first_refused(const asker& by, const catalog::deployment& at,
                                     std::span<const net::model_name> names) {
  for (const auto& each : names) {
    const bool fine = std::any_of(by.in.deployments.begin(), by.in.deployments.end(), [&](const auto& d) {
      return d.provider == at.provider && !catalog::is_passage(d) && d.upstream_name == each.name &&
             classification::may_serve(by.who, by.with, by.under, d) &&
             (d.model == at.model || !has_rules(by.in, *d.model));
    });
    if (!fine) return &each;
  }
  return nullptr;
}

core::failure other_model_refused(const net::model_name& name) {
  return {
      core::ec::forbidden,
      "'" + name.member.substr(0, 100) + "' names '" + name.name.substr(0, 200) +
          "', which does not exist at the provider of the request's model, which this key may not use, or which has "
          "a limit or budget of its own and must be asked for by itself. Models are named there as the provider "
          "calls them.",
      name.member.substr(0, 100)};
}

} // namespace logos::ingress
