// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

namespace logos::net {

/// Whether the body of a refusal says, as OpenAI and Azure do, that the account has no money or is not active: waiting
/// does not end that. What is not such JSON says nothing.
bool tells_closed_account(std::string_view body);

} // namespace logos::net
