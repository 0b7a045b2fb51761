// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "storage/store.hpp"

namespace logos::administration {

/// Prices the requests of a range anew with the prices as they are now: `{"from":…,"to":…}`, optionally `model`,
/// `provider`, `dry_run`. Some hundred requests at a time, each time as a job of its own; whoever is interrupted does
/// it again. What the LEDGER has booked under a budget stays until it reads the budget's past anew.
outcome rerate(storage::store& in, const call& c);

} // namespace logos::administration
