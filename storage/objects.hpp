// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "core/uuid.hpp"

#include <cstdint>

namespace logos::storage {

/// Whose something is that a provider keeps under its operator's account. An id of 0 means nobody.
struct object_owner {
  std::int64_t process_id = 0;
  std::int64_t user_id = 0;
  std::int64_t service_id = 0;

  bool operator==(const object_owner&) const = default;
};

struct stored_object {
  core::uuid object; // core::fingerprint of the provider and of the id that it gave
  object_owner owner;
};

struct newly_stored {
  stored_object what;
  core::wall_time made_at;
};

} // namespace logos::storage
