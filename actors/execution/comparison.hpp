// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/estimate.hpp"
#include "actors/execution/workplace.hpp"
#include "storage/records.hpp"

/// Of some calls whose providers count, it is noted what would have been estimated, so that the error of estimates is
/// known. I/O thread only.
namespace logos::execution {

/// Whether a request is one of those that may be compared: one in 32, told by its id alone.
bool may_be_compared(const core::uuid& request);
/// Whether this call is one of them; an I/O thread compares five in a second at most, for an estimate takes as long as
/// several requests.
bool take_for_comparison(workplace& at, const core::uuid& request, core::steady_time now);
/// Notes beside the provider's count what would have been estimated, in the row and in the figures.
void compare(workplace& at, storage::billed& row, const estimated_tokens& estimate);

} // namespace logos::execution
