// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/admission.hpp"
#include "core/uuid.hpp"
#include "core/vocabulary.hpp"
#include "net/call.hpp"

#include <optional>

namespace logos::execution {

/// What a call used, with an estimate where the provider did not report.
struct booked_usage {
  net::usage tokens;
  core::usage_source source = core::usage_source::none;
};

/// What would have been booked for a call if its provider had not counted.
struct estimated_tokens {
  std::int64_t prompt = 0;
  std::int64_t completion = 0;
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

/// What is billed for a call, by its outcome. Whatever the provider reported counts, but for an early report that the
/// text behind it belies (more than twice as many tokens as it says, and 64). Without that, what was sent whole
/// and not answered with an error has been worked on: prompt and answer are counted by the model's tokenizer, above
/// 16 KiB by samples of them, and a prompt in a body above 1 MiB by its bytes. Of an answer in one piece that never
/// came, as much may have been written as the deployment writes in that time, and no more than it may have. What only
/// reads uses nothing.
booked_usage usage_of(const net::exchange& x, const admission& a, const catalog::deployment& d,
                      const net::call_outcome& outcome, const pace& known);

/// The estimate of a call whose usage the provider has reported, made as `usage_of` makes one; of answers that have
/// come whole, with text in them. As costly as an estimate: only for requests that are compared.
std::optional<estimated_tokens> compared_estimate(const net::exchange& x, const admission& a,
                                                  const catalog::deployment& d, const net::call_outcome& outcome,
                                                  const pace& known, core::usage_source booked);

/// What a call has used by `now`, of which some of the answer has come: by the model's tokenizer, of which no more than
/// 1 KiB is read, and for the prompt by its size, so that it costs little. Nothing where no model works on it.
net::usage usage_so_far(const net::exchange& x, const admission& a, const catalog::deployment& d,
                        const net::call_outcome& so_far, core::wall_time now, const pace& known);

/// The tokens of a request's prompt by its size alone, at once: 1 at least, and 0 where no model works on it.
std::int64_t prompt_by_size(const admission& a);

/// The tokens of a request's prompt, for a model of that name. Costs up to some milliseconds: only where nobody else
/// has counted.
std::int64_t prompt_tokens(const net::exchange& x, const admission& a, std::string_view model);

} // namespace logos::execution
