// SPDX-License-Identifier: MIT
#pragma once
#include "net/exchange.hpp"

#include <string>
#include <string_view>

namespace logos::execution {

/// The request's headers as a JSON object, credentials replaced by "[redacted]". For log level FULL.
std::string redacted_headers(const net::request_view& request);

/// A text without what looks like a credential: parameters of a query that are named like one, user and password of an
/// address, words that begin as known keys do.
std::string without_credentials(std::string_view text);

} // namespace logos::execution
