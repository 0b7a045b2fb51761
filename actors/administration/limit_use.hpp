// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "storage/store.hpp"

/// How far limits are used now, which the LEDGER knows, beside what the database has of them.
namespace logos::administration {

/// As of any entity, with `use` in every limit: null where the LEDGER does not tell. REGISTRY's thread.
outcome list_limits(storage::store& in, const call& c);
outcome show_limit(storage::store& in, const call& c);

} // namespace logos::administration
