// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/learning/owner.hpp"

namespace logos::learning {

/// Whom a key's requests teach where tenants learn apart, and who is bounded in what all its keys may say of a model:
/// its user, else its service, else itself.
inline std::int64_t tenant_of(const catalog::principal& who) {
  if (who.user_id != 0) return who.user_id;
  return who.service_id != 0 ? -2 * who.service_id : owner_of_key(who.process_id);
}

} // namespace logos::learning
