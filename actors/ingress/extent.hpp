// SPDX-License-Identifier: MIT
#pragma once
#include "actors/ingress/intent.hpp"
#include "core/vocabulary.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace logos::ingress {

using core::default_answer_tokens;
/// A rough average over languages, also of generated text as it is spelled in JSON.
inline constexpr std::int64_t bytes_per_token = 4;

/// How much a request reads and lets write, in tokens.
struct extent {
  std::int64_t prompt = 0;
  std::int64_t answer = 0;  // the length of each answer
  std::int64_t answers = 1; // how many are written
  std::int64_t calls = 0;   // of tools that the provider runs, as far as that is bounded
  std::int64_t sum() const { return prompt + answer * answers; }
};

/// What it may use at most. For text a true bound: no token is shorter than a byte, an id of one is one (for embeddings
/// and completions; a list of ids is one prompt), and the answer is as long as any of
/// the client's fields allows, else `reserve` (0: the default); where nobody knows which fields are heeded, at least
/// that and `context`. A list that is ranked is read with what stands beside it for each of its elements. Images: as
/// many as `model`, the name that the provider knows, can count (`most_image_tokens`). A token for every 32 bytes of
/// sound (a second of the most compressed speech in use has 1000, and no provider counts more than 32 tokens for it),
/// one a byte for other files. For what the provider adds (`json_look::remembers`): `context` (what the model reads at
/// a time; 0: not known) for each time that the model may be asked (`most_passes`), else `reserve` once more. What is
/// only read uses nothing.
extent upper_bound(const intent& i, std::size_t body_bytes, std::int64_t reserve, std::string_view model,
                   std::int64_t context = 0);
/// The same where the deployment has a path of its own of which nobody knows what is done there (`is_unknown_path`):
/// as much as that and as a path that is not known may use.
extent upper_bound_elsewhere(const intent& i, std::size_t body_bytes, std::int64_t reserve, std::string_view model,
                             std::int64_t context = 0);

/// How often a provider may ask its model within one request, as it runs tools of its own: once and again with what
/// each call has brought. Where neither the client nor the API bounds that, as often as with `default_tool_calls`,
/// which the provider has to be told (`needs_call_limit`); where it takes no bound, once.
std::int64_t most_passes(const intent& i);

/// Whether a bound on calls of tools has to be put in.
bool needs_call_limit(const intent& i);
/// That bound.
inline constexpr std::int64_t default_tool_calls = 8;

/// Whether a provider may run more of its tools than `extent::calls` says. Bounded only where the API says who asks for
/// them: elsewhere servers search on their own, whatever they were asked.
bool may_call_more(const intent& i);

/// What it is likely to use: for limits on tokens, for the queue, and where a provider reports nothing.
extent estimate(const intent& i, std::size_t body_bytes, std::int64_t reserve);

} // namespace logos::ingress
