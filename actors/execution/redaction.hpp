// SPDX-License-Identifier: MIT
#pragma once
#include "net/exchange.hpp"

#include <string>

namespace logos::execution {

/// The request's headers as a JSON object, credentials replaced by "[redacted]". For log level FULL.
std::string redacted_headers(const net::request_view& request);

} // namespace logos::execution
