// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"

namespace logos::administration {

/// What has been spent of a budget in the period that runs, by the books: requests that ended up to about a second ago,
/// and none that still runs. For whoever may see the budget. REGISTRY's thread; blocks on the database.
outcome show_balance(storage::store& in, const call& c);

} // namespace logos::administration
