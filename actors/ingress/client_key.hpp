// SPDX-License-Identifier: MIT
#pragma once
#include "net/exchange.hpp"

#include <string_view>

namespace logos::ingress {

/// Whether `text` may have been meant as a Logos key, however badly it was copied: such a text goes to no provider.
bool resembles_logos_key(std::string_view text);

/// The provider's key that a client brings: `Authorization: Bearer`, `api-key` or `x-api-key`. Empty when there is none
/// that can be passed on, also when one of these headers may be meant to have a Logos key, or `logos_key` is there.
/// Points into the request.
std::string_view find_client_key(const net::request_view& request);

} // namespace logos::ingress
