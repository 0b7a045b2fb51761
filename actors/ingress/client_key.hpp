// SPDX-License-Identifier: MIT
#pragma once
#include "net/exchange.hpp"

#include <string_view>

namespace logos::ingress {

/// Whether `text` may have been meant as a Logos key, however badly it was copied: such a text goes to no provider.
bool resembles_logos_key(std::string_view text);

/// Whether `key` has the form of those that `core::new_logos_key` makes, which nobody can guess. Others were thought
/// up: root keys that an operator has set, keys that were imported.
bool was_made_by_logos(std::string_view key);

/// The provider's key that a client brings: `Authorization: Bearer`, `api-key` or `x-api-key`. Empty when there is none
/// that can be passed on, also when one of these headers may be meant to have a Logos key, or `logos_key` is there.
/// Points into the request.
std::string_view find_client_key(const net::request_view& request);

} // namespace logos::ingress
