// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"
#include "actors/administration/call.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// How far limits are used now, which the LEDGER knows, beside what the database has of them.
namespace logos::administration {

/// As of any entity; names the limits that are shown, so that the LEDGER is asked. REGISTRY's thread.
outcome list_limits(storage::store& in, const call& c);
outcome show_limit(storage::store& in, const call& c);

/// The answer of one of these with `use` in every limit: null where the LEDGER did not tell.
std::string with_use(std::string_view body, std::span<const accounting::limit_use> told);

} // namespace logos::administration
