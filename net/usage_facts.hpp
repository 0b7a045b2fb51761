// SPDX-License-Identifier: MIT
#pragma once
#include "core/money.hpp"
#include "net/text_sample.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace logos::net {

/// What an operator's own token type counts: a number in a provider's usage object, by the names that lead to it.
struct own_counter {
  std::int64_t type = 0;
  std::vector<std::string> path; // not empty
};
using own_counters = std::vector<own_counter>;

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
  std::int64_t audio_milliseconds = 0; // length of transcribed sound, rounded up
  /// The provider reported usage. Where it is not set, a negative total says that it did, with a count that cannot be:
  /// then nothing that this answer reports is believed.
  bool seen = false;
  /// The length that an answer tells of itself (`verbose_json` of a transcription), rounded up: it counts where usage
  /// is missing.
  std::int64_t told_milliseconds = 0;
  /// Of the operator's own types, by their order; none for nearly every request.
  std::vector<core::own_count> own{};

  bool operator==(const usage&) const = default;
};

/// What an answer told in passing.
struct answer_facts {
  usage tokens;
  std::uint64_t deltas = 0; // events (stream) that carried generated text
  std::uint64_t text_bytes =
      0;            // bytes of generated text, as spelled in JSON: what is estimated with when usage is missing
  text_sample text; // that text, as spelled
  std::uint64_t text_before_usage = 0; // of these bytes, what had come when tokens of the answer were reported last
  bool first_token = false;            // generated text, or a tool call, has been seen
  bool finished = false;               // the provider said that the answer is complete
  std::uint32_t finish_reasons = 0;    // of a stream's answers, which may be several
  bool promised = false;               // a chunk said that the reason for its answer's end is still to come
  bool failed = false;                 // an error arrived inside the answer
  /// What else is counted in a usage object; null: nothing. Outlives the answer.
  const own_counters* counters = nullptr;

  /// A stream of so many answers has told of each that it is complete.
  bool all_finished(std::int64_t answers) const {
    return finished && (answers <= 1 || static_cast<std::int64_t>(finish_reasons) >= answers);
  }
};

} // namespace logos::net
