// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/pricing.hpp"
#include "actors/execution/admission.hpp"

#include <optional>

namespace logos::execution {

/// What a call cost by the prices of the catalog that it was let in and held with; nothing without a price. `from` gets
/// these prices.
std::optional<accounting::cost> find_cost(const admission& a, const net::exchange& x, const catalog::deployment& d,
                                          const net::usage& used, accounting::applied_prices* from = nullptr);
/// What a request that waits would be settled with if it ended now: what an attempt before, and answers that were
/// dropped, have cost.
core::nano owed_by(const admission& a, const net::exchange& x);

} // namespace logos::execution
