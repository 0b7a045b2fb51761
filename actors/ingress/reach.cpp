// SPDX-License-Identifier: MIT
#include "actors/ingress/reach.hpp"

#include "actors/catalog/key_scope.hpp"
#include "actors/ingress/account_paths.hpp"

#include <algorithm>

namespace logos::ingress {
namespace {

using core::failure;

bool may_use_account(const catalog::principal& who, const destination& to) {
  if (who.root || who.role != core::role::user) return true;
  if (who.scope == nullptr) return false;
  const auto& entries = who.scope->endpoints();
  return std::any_of(entries.begin(), entries.end(), [&](const std::string& pattern) {
    return catalog::matches_pattern(pattern, to.path) && opens_account(pattern, to.batches_here);
  });
}

failure closed(const catalog::principal& who, std::string_view path) {
  return {
      core::ec::forbidden,
      "'" + std::string{path.substr(0, 200)} +
          "' is about the provider's account as a whole, which this key may not use. An administrator's key may, or "
          "one whose 'allowed_endpoints' name this path; an administrator can add it at /admin/v1/processes/" +
          std::to_string(who.process_id) + "."};
}

} // namespace

failure check_reach(const catalog::principal& who, const destination& to) {
  if (!is_account_path(to.method, to.rest) || may_use_account(who, to)) return {};
  return closed(who, to.path);
}

failure check_reach(const catalog::principal& who, const destination& to, core::provider_type type) {
  const bool closed_here =
      type == core::provider_type::openwebui ? !is_inference_path(to.rest) : is_account_path(to.method, to.rest);
  if (!closed_here || may_use_account(who, to)) return {};
  return closed(who, to.path);
}

} // namespace logos::ingress
