// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>

namespace logos::storage {

/// What replacing the secret key has done.
struct secret_rotation {
  bool replaced = false;   // false: the database belonged to the new key already
  std::size_t secrets = 0; // that open with the new key now
  std::size_t dropped = 0; // of removed rows, that no key has opened: they are gone
};

} // namespace logos::storage
