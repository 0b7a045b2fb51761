// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

namespace logos::learning {

/// Who owns a key that is no user's and no service's: itself. A user is its id, a service twice its id, negated
/// (tenant.hpp).
inline std::int64_t owner_of_key(std::int64_t process_id) { return -2 * process_id - 1; }
/// The owner that is known of a key, else the key itself.
inline std::int64_t owner_or_key(std::int64_t owner, std::int64_t process_id) {
  return owner != 0 ? owner : owner_of_key(process_id);
}

} // namespace logos::learning
