// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/admission.hpp"
#include "core/vocabulary.hpp"
#include "net/call.hpp"

namespace logos::execution {

/// What a call used, with an estimate where the provider did not report.
struct booked_usage {
  net::usage tokens;
  core::usage_source source = core::usage_source::none;
};

/// What is billed for a call, by its outcome. Whatever the provider reported counts. Without that, what was sent whole
/// and not answered with an error has been worked on: the prompt is counted by the model's tokenizer (a long one by its
/// bytes), the answer by what came of it. Of an answer in one piece that never came, as much may have been written as
/// a fast model writes in that time, and no more than it may have. What only reads uses nothing.
booked_usage usage_of(const net::exchange& x, const admission& a, const catalog::deployment& d,
                      const net::call_outcome& outcome);

/// The tokens of a request's prompt by its size alone, at once: 1 at least, and 0 where no model works on it.
std::int64_t prompt_by_size(const net::exchange& x, const admission& a);

/// The tokens of a request's prompt, for a model of that name. Costs up to some milliseconds: only where nobody else
/// has counted.
std::int64_t prompt_tokens(const net::exchange& x, const admission& a, std::string_view model);

} // namespace logos::execution
