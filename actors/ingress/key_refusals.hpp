// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

namespace logos::ingress {

/// What a request without a key is told.
inline core::failure no_key() {
  return {core::ec::missing_key, "No API key. Send 'Authorization: Bearer lg-…' or the header 'logos_key'."};
}
/// What a request with a key that opens nothing is told.
inline core::failure useless_key() {
  return {core::ec::wrong_key, "The API key is not valid: it is unknown, has expired or was revoked."};
}

} // namespace logos::ingress
