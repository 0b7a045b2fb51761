// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/workplace.hpp"
#include "net/call.hpp"

namespace logos::execution {

class admission;

/// Leaves word with the LEARNER that a model was asked something, and how that ended. Nothing where there is nothing to
/// learn: with less than two models, of what is no conversation, of calls that never came to a model or that it refused
/// because of the client, and of a client's own key. Copies the body; neither reads it nor wakes anybody.
void leave_word(workplace& at, const net::exchange& x, const admission& a, const catalog::deployment& d,
                const net::call_outcome& outcome);
/// The same of an answer that failed a check of its policy's cascade and was dropped, under the id of its own row: the
/// request's own is that of whoever answers in the end.
void leave_word_of_unfit(workplace& at, const net::exchange& x, const admission& a, const catalog::deployment& d,
                         const net::call_outcome& outcome);

} // namespace logos::execution
