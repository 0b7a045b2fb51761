// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"

namespace logos::learning {

/// Whom a key's requests teach where tenants learn apart: its user, else its service, else itself.
inline std::int64_t tenant_of(const catalog::principal& who) {
  if (who.user_id != 0) return who.user_id;
  return who.service_id != 0 ? -2 * who.service_id : -2 * who.process_id - 1;
}

} // namespace logos::learning
