// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"
#include "actors/execution/admission.hpp"
#include "net/exchange.hpp"

#include <optional>
#include <string>

namespace logos::ingress {

/// What the LEDGER has to reserve for a request whose candidates are known: as much as it can cost at the dearest of
/// them. Nothing when no limit and no budget is about it. Sets `a.answer_cap` where a hard budget is and the client
/// has not said how long its answer may be. The bound of a prompt: no token is shorter than a byte.
std::optional<accounting::claim> claim_of(const net::exchange& x, execution::admission& a);

/// `x-ratelimit-…` lines of what is left; empty when nothing is limited.
std::string rate_headers(const accounting::ruling& r);

} // namespace logos::ingress
