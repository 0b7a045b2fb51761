// SPDX-License-Identifier: MIT
#pragma once
#include "actors/ingress/endpoint.hpp"
#include "net/usage_facts.hpp"

#include <cstdint>

/// What is made of a provider's report of usage, by what its path is for: on the books, and wherever answers are
/// summed.
namespace logos::ingress {

/// A total beyond its parts is the provider's word, too, and counted as such: Gemini leaves out there what the model
/// has thought.
inline void take_total(net::usage& reported, endpoint at) {
  const auto rest = reported.total_tokens - reported.prompt_tokens - reported.completion_tokens;
  if (rest > 0) (generates(at) ? reported.completion_tokens : reported.prompt_tokens) += rest;
}

/// Whether a report, with its total taken, counts anything of the text that has come. Of one that does not, the answer
/// is estimated.
inline bool counts_its_text(const net::usage& reported, std::uint64_t text_bytes, endpoint at) {
  return reported.completion_tokens != 0 || text_bytes == 0 || !generates(at) || at == endpoint::transcription;
}

} // namespace logos::ingress
