// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"
#include "actors/execution/admission.hpp"
#include "net/exchange.hpp"

#include <optional>
#include <string>

namespace logos::ingress {

/// What the LEDGER has to reserve for a request whose candidates are known: as much as it can cost (`upper_bound`) at
/// the dearest of them, and the tokens that it is likely to use. `accounting::most_money` stands for more, too: no hard
/// budget lets that in, and no row can say more. Nothing when no limit and no budget is about it. Under a hard budget
/// `a.answer_cap` is set to the length of answer that is held for. Where the client has set none, the claim can do with
/// less: with a token for limits, with a short answer for hard budgets. Open-ended under a hard budget where it may
/// count what has a price and no bound (`price_book::exceeds_bound`).
std::optional<accounting::claim> claim_of(const net::exchange& x, execution::admission& a);
/// The same under the limits and budgets of another catalog than the one that let the request in.
std::optional<accounting::claim> claim_of(const net::exchange& x, execution::admission& a,
                                          const catalog::snapshot& rules);

/// Whom the request concerns; nobody if it has no candidates.
accounting::parties parties_of(const execution::admission& a);

/// Less was reserved than was claimed: makes `a.answer_cap` as long as `hold` pays for.
void fit_answer(const net::exchange& x, execution::admission& a, core::nano hold);

/// The refusal of whoever has a limit of 0: waiting would not help, so it is no 429.
core::failure closed_by_limit(core::scope whose);

/// `x-ratelimit-…` lines of what is left; empty when nothing is limited.
std::string rate_headers(const accounting::ruling& r);

} // namespace logos::ingress
