// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/pricing.hpp"
#include "actors/execution/admission.hpp"

#include <optional>

namespace logos::execution {

/// What a call costs by the prices that the catalog has `now` for the time of its request, so that who runs while a
/// price is corrected is booked as a later `rerate` would; where that has none any more, by those of the catalog that
/// it was let in with. Nothing without a price. `from` gets these prices.
std::optional<accounting::cost> find_cost(const admission& a, const catalog::snapshot& now, const net::exchange& x,
                                          const catalog::deployment& d, const net::usage& used,
                                          accounting::applied_prices* from = nullptr);
/// What a request that waits would be settled with if it ended now: what an attempt before, and answers that were
/// dropped, have cost.
core::nano owed_by(const admission& a, const catalog::snapshot& now, const net::exchange& x);

} // namespace logos::execution
