// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

namespace logos::net {

/// Token counts as a provider reported them. Subset counts (cached, audio, reasoning …) are contained in the totals.
struct usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t total_tokens = 0;
  std::int64_t prompt_cached_tokens = 0;
  std::int64_t prompt_cache_creation_tokens = 0;
  std::int64_t prompt_audio_tokens = 0;
  std::int64_t completion_reasoning_tokens = 0;
  std::int64_t completion_audio_tokens = 0;
  std::int64_t completion_accepted_prediction_tokens = 0;
  std::int64_t completion_rejected_prediction_tokens = 0;
  bool seen = false; // the provider reported usage at all

  bool operator==(const usage&) const = default;
};

/// What an answer told in passing.
struct answer_facts {
  usage tokens;
  std::uint64_t deltas = 0; // events (stream) that carried generated text
  std::uint64_t text_bytes =
      0;                    // bytes of generated text, as spelled in JSON: what is estimated with when usage is missing
  bool first_token = false; // generated text, or a tool call, has been seen
  bool finished = false;    // the provider said that the answer is complete
  bool promised = false;    // a chunk said that the reason for its answer's end is still to come
  bool failed = false;      // an error arrived inside the answer
};

} // namespace logos::net
