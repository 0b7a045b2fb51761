// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"

namespace logos::administration {

/// What has been spent of a budget in the period that runs, what requests that still run hold, and what remains, as the
/// LEDGER has it. Where it does not tell: what has been spent by the books (requests that ended up to about a second
/// ago), and why there is no more. For whoever may see the budget. REGISTRY's thread; blocks on the database.
outcome show_balance(storage::store& in, const call& c);

} // namespace logos::administration
