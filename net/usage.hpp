// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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
  bool failed = false;      // an error arrived inside the answer
};

enum class content_kind : std::uint8_t { json, sse, ndjson, opaque };
/// From a Content-Type header's value; parameters are ignored.
content_kind content_kind_of(std::string_view content_type);

/// Reads one usage object (`{"prompt_tokens":…}`, `{"input_tokens":…}`) into `into`; counts it does not name stay as
/// they are. False when it is not an object with a count in it.
bool read_usage_object(std::string_view json, usage& into);

/// Looks at one complete JSON chunk of a stream (an SSE event's data, or an NDJSON line) and adds what it tells.
void read_chunk(std::string_view chunk, answer_facts& into);

/// Reads usage from an answer's bytes, split anywhere. Keeps at most 1 MiB of them: of a longer document or line only
/// the tail, which is where usage stands. Never throws on what providers send. One per answer; one thread.
class usage_reader {
public:
  explicit usage_reader(content_kind kind) : kind_(kind) {}
  void feed(std::string_view bytes);
  /// The answer is complete. A cut answer is finished too: what came is looked at.
  void finish();
  /// feed and finish for an answer that is there in one piece; does not copy it.
  void read_whole(std::string_view body);
  const answer_facts& facts() const { return facts_; }

private:
  void feed_lines(std::string_view bytes);
  void end_line(std::string_view line);
  void keep(std::string_view bytes);
  void read_document(std::string_view body);

  content_kind kind_;
  bool cut_ = false; // kept_ lost its front
  std::string kept_;
  std::string data_; // SSE: the data lines of an event with more than one
  answer_facts facts_;
};

} // namespace logos::net
