// SPDX-License-Identifier: MIT
#pragma once
#include "config/problem.hpp"
#include "config/reader.hpp"
#include "config/settings.hpp"

namespace logos::config {

/// How many requests in flight a provider of this type gets per model when nothing is said. Ollama and what usually
/// stands before it have few slots per model and a queue that cannot be seen into; vLLM batches; of a custom server
/// nothing is known; the clouds take what their rate limits allow.
std::uint32_t default_parallel(core::provider_type type);
/// Whether servers of this type may say themselves how much they take, so that 0 is left where nobody else does.
bool says_how_much(core::provider_type type);
auth_settings default_auth(core::provider_type type);

/// Fills in the defaults that follow from other settings (a provider's type, address, privacy, parallel, auth; a
/// model's upstream name; a price's currency). `where` tells what was given. Addresses that cannot be understood are
/// added to `problems`, by key.
void settle(settings& s, const positions& where, std::vector<problem>& problems);

} // namespace logos::config
