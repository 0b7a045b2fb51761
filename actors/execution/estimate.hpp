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

/// How fast deployments write, as their SCHEDULERs have learned. What it is made of outlives it.
class pace {
public:
  explicit pace(const scheduling::outlooks* known) : known_{known} {}
  /// How many tokens of an answer a deployment has written so long after it was asked; by a fast model's pace where
  /// nothing is known.
  std::int64_t written(std::chrono::microseconds time, std::int64_t deployment_id, std::int64_t prompt) const;

private:
  const scheduling::outlooks* known_; // null: nothing is
};

/// What is billed for a call, by its outcome. Whatever the provider reported counts. Without that, what was sent whole
/// and not answered with an error has been worked on: prompt and answer are counted by the model's tokenizer, above
/// 16 KiB by samples of them, and a prompt in a body above 1 MiB by its bytes. Of an answer in one piece that never
/// came, as much may have been written as the deployment writes in that time, and no more than it may have. What only
/// reads uses nothing.
booked_usage usage_of(const net::exchange& x, const admission& a, const catalog::deployment& d,
                      const net::call_outcome& outcome, const pace& known);

/// What a call has used by `now`, of which some of the answer has come: by what was counted in passing, and for the
/// prompt by its size, so that it costs next to nothing. Nothing where no model works on it.
net::usage usage_so_far(const net::exchange& x, const admission& a, const catalog::deployment& d,
                        const net::call_outcome& so_far, core::wall_time now, const pace& known);

/// The tokens of a request's prompt by its size alone, at once: 1 at least, and 0 where no model works on it.
std::int64_t prompt_by_size(const net::exchange& x, const admission& a);

/// The tokens of a request's prompt, for a model of that name. Costs up to some milliseconds: only where nobody else
/// has counted.
std::int64_t prompt_tokens(const net::exchange& x, const admission& a, std::string_view model);

} // namespace logos::execution
