// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

namespace logos::ingress {

/// What a request without a key is told.
inline core::failure no_key() {
  return {core::ec::missing_key, "No API key. Send 'Authorization: Bearer lg-…' or the header 'logos_key'."};
}
/// What a request is told whose key may stand in its body, which is not read for it: see `may_bring_key`.
inline core::failure no_key_for_large_body() {
  return {core::ec::missing_key,
          "No API key in the head of the request. Only bodies of a stated length (content-length) up to 64 KiB are "
          "looked through for the member 'logos_key'; with this one, send the key in the header 'logos_key' or as "
          "'Authorization: Bearer lg-…'. It may stay in the body, too."};
}
/// What a request with a key that opens nothing is told.
inline core::failure useless_key() {
  return {core::ec::wrong_key, "The API key is not valid: it is unknown, has expired or was revoked."};
}

} // namespace logos::ingress
