// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace logos::ingress {

/// What a request without a key is told.
inline core::failure no_key() {
  return {core::ec::missing_key, "No API key. Send 'Authorization: Bearer lg-…' or the header 'logos_key'."};
}
/// What a request is told whose key may stand in its body, which is not read for it: see `strangers_room`.
inline core::failure no_key_for_unstated_length() {
  return {core::ec::missing_key,
          "No API key in the head of the request. Only bodies of a stated length (content-length) are looked through "
          "for the member 'logos_key'; with this one, send the key in the header 'logos_key' or as "
          "'Authorization: Bearer lg-…'. It may stay in the body, too."};
}
inline core::failure no_key_for_large_body(std::size_t most) {
  return {core::ec::body_too_large,
          "No API key in the head of the request, and the body is too large to be looked through for the member "
          "'logos_key' (" +
              std::to_string(most) +
              " bytes at most): send the key in the header 'logos_key' or as 'Authorization: Bearer lg-…'. It may "
              "stay in the body, too."};
}
inline core::failure no_room_for_body() {
  return {core::ec::queue_full,
          "Too many large bodies come without an API key in the head of their requests. Try again, or send the key in "
          "the header 'logos_key'.",
          "", 1};
}
inline core::failure no_key_in_time(std::chrono::milliseconds total) {
  return {core::ec::request_timeout,
          "The request's body did not come in time: with no valid API key in the head of the request, it has " +
              std::to_string(total.count()) +
              " ms. Send the key in the header 'logos_key' or as 'Authorization: Bearer lg-…'. It may stay in the "
              "body, too."};
}
/// What a request with a key that opens nothing is told.
inline core::failure useless_key() {
  return {core::ec::wrong_key, "The API key is not valid: it is unknown, has expired or was revoked."};
}
/// What it is told instead when more such keys have come from its address than are answered: of this one, nothing.
inline core::failure too_many_wrong_keys(std::uint32_t retry_after_s) {
  return {core::ec::rate_limited,
          "Too many wrong API keys come from this address. Whether this one is valid is not said: try again in " +
              std::to_string(retry_after_s) + " s.",
          "", retry_after_s};
}

/// What a request is told whose key was taken away after it was let in; `gateways_own`: of a job, which has no key but
/// that of its process.
inline core::failure revoked_key(bool gateways_own) {
  return {core::ec::wrong_key,
          gateways_own ? "The process that this job belongs to was removed, and its API key with it, so the job had to "
                         "end."
                       : "The API key was revoked (removed, switched off or replaced) after the request was let in, so "
                         "the request had to end. Ask whoever gives out keys for another one."};
}

} // namespace logos::ingress
