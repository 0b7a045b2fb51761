// SPDX-License-Identifier: MIT
#pragma once
#include "net/exchange.hpp"

#include <string_view>

namespace logos::net {

/// An error as it is answered at `path`: below /admin/ as an RFC 9457 problem, elsewhere in OpenAI's shape.
answer refusal(const core::failure& f, std::string_view path);

} // namespace logos::net
