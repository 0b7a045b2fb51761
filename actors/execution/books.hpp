// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/admission.hpp"
#include "actors/execution/estimate.hpp"
#include "actors/execution/workplace.hpp"
#include "net/call.hpp"

namespace logos::execution {

/// Reserves room in the journal for the rows that may follow, and writes `begun`: a permit was taken, the first byte is
/// about to go upstream. False when the journal has no room: then nothing may go.
bool book_begun(workplace& at, const net::exchange& x, admission& a, const catalog::deployment& d, core::wall_time now);
/// Writes `begun` again with what the answer has used so far: after the death of the process this much is billed. What
/// finds no room in the journal is left out.
void mark_progress(workplace& at, const net::exchange& x, const admission& a, const catalog::deployment& d,
                   const net::call_outcome& so_far, core::wall_time now);
/// Writes `finished` for a call, counts it, and settles what the request had reserved.
void book_finished(workplace& at, const net::exchange& x, admission& a, const catalog::deployment& d,
                   const actors::offer& o, const net::call_outcome& outcome);
/// Writes a row of its own for an answer that failed a check, or (nothing) broke off before it could be judged: what it
/// used is billed with the request. After the death of the process the row is all that is billed of it.
void book_dropped(workplace& at, const net::exchange& x, admission& a, const catalog::deployment& d,
                  const actors::offer& o, const net::call_outcome& outcome,
                  const std::optional<core::answer_check>& why);
/// Writes `finished` for a request that no provider answered, counts it, and settles with what an attempt was worth
/// that had been sent and that nobody took over.
void book_refused(workplace& at, const net::exchange& x, admission& a, const core::failure& why, core::wall_time now);

/// Remembers what a call that another attempt is to follow has used: should none follow, it is billed.
void keep_in_mind(workplace& at, const net::exchange& x, admission& a, const catalog::deployment& d,
                  const net::call_outcome& outcome);
/// How a call counts in `result_status`.
core::result_status result_of(const net::call_outcome& outcome);

} // namespace logos::execution
