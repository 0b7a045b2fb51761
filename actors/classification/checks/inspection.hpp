// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/checks/told_answer.hpp"
#include "actors/ingress/intent.hpp"
#include "core/cascade.hpp"

#include <optional>
#include <string_view>

namespace logos::checks {

/// The mean probability of an answer's tokens, as the exponential of the mean of their logarithms (the inverse of its
/// perplexity); nothing when it tells none.
std::optional<double> confidence_of(const told_answer& a);

/// Whether a text, what is generated for `request`, has the form that the request asks for: `response_format`,
/// `text.format` or `output_format` of type `json_object` (it is a JSON object) or `json_schema` (it keeps to the
/// schema, as far as checks/schema.hpp looks). True when it asks for none, or is longer than 1 MiB.
bool has_wanted_form(std::string_view request, std::string_view text);

/// Whether the answer to a request can be judged: one of a conversation, by a model that is known. Further models in
/// the body are for the provider to turn to: whose answer it is would not be known.
bool can_judge(const ingress::intent& i);

/// What an inspection has found so far.
struct finding {
  bool decided = false;                       // nothing that may still come changes it
  std::optional<core::answer_check> failed{}; // the first check that it failed
};

/// Looks at an answer, or at the beginning of one when it is a stream (`whole` false): a refusal and a stream that says
/// something are known from the beginning, everything else only at the end. An answer that cannot be read has failed
/// none. `request`: the client's body. Any thread.
finding inspect(const core::cascade& rules, ingress::endpoint at, std::string_view request, net::content_kind kind,
                std::string_view bytes, bool whole);

} // namespace logos::checks
