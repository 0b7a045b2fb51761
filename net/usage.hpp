// SPDX-License-Identifier: MIT
#pragma once
#include "net/event_stream.hpp"
#include "net/usage_facts.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace logos::net {

enum class content_kind : std::uint8_t { json, sse, ndjson, opaque };
/// From a Content-Type header's value; parameters are ignored.
content_kind content_kind_of(std::string_view content_type);

/// Reads one usage object (`{"prompt_tokens":…}`, `{"input_tokens":…}`, `{"type":"duration","seconds":…}`, Google's
/// `{"promptTokenCount":…}`) into `into`; counts it does not name stay as they are. False when it is not an object with
/// a count of tokens or seconds in it; what `counters` find is taken all the same. Null is no count. One that is
/// negative, a fraction, a text or above 2^32 - 1 is not believed: `into` is then not `seen`, and stays so whatever is
/// read into it later. `counts_answer`, if given, becomes true when it counts an answer of more than nothing.
bool read_usage_object(std::string_view json, usage& into, const own_counters* counters = nullptr,
                       bool* counts_answer = nullptr);

/// A length in seconds, rounded up to milliseconds; what is negative or no number is none.
std::int64_t milliseconds_of(double seconds);

/// Looks at one complete JSON chunk of a stream (an SSE event's data, or an NDJSON line) and adds what it tells. True
/// when a usage object was in it. Costs one pass over the colons; only a usage object is parsed. It is one where
/// providers put it: in the outermost object, in one of its members `response`, `message`, `result`, `delta` and
/// `x_groq`, or in an element of `choices`; Google's `usageMetadata` in the outermost object, in its `response`, or in
/// each of a list of them. `null_usage`, if given, becomes the outermost object's member `"usage":null`, if there is
/// one. `cut`: the chunk has lost its front, and is complete behind that.
bool read_chunk(std::string_view chunk, answer_facts& into, member_place* null_usage = nullptr, bool cut = false);

/// Where the usage object of a whole JSON text ends: the offset of its closing brace. In a `chunk` of a stream the last
/// one that `read_chunk` reads, else that of the outermost object. npos when there is none.
std::size_t end_of_usage(std::string_view json, bool chunk);

/// Reads usage from an answer's bytes, split anywhere. Where the type tells nothing (`opaque`), the first bytes do.
/// Keeps at most 1 MiB of them: of a longer document or line only the tail, which is where usage stands. Never throws
/// on what providers send. One per answer; one thread.
class usage_reader {
public:
  /// `keeps_text`: the text of a whole document is looked at also where it tells its usage.
  explicit usage_reader(content_kind kind, const own_counters* counters = nullptr, bool keeps_text = false)
      : kind_(kind),
        guessing_(kind == content_kind::opaque),
        keeps_text_(keeps_text) {
    facts_.counters = counters;
  }
  void feed(std::string_view bytes);
  /// The answer has ended. If it was cut, what came is looked at all the same.
  void finish();
  /// feed and finish for an answer that is there in one piece; does not copy it.
  void read_whole(std::string_view body);
  const answer_facts& facts() const { return facts_; }

private:
  void feed_lines(std::string_view bytes);
  /// `cut`: it has lost its front.
  void read_document(std::string_view body, bool cut);

  content_kind kind_;
  bool guessing_; // the first bytes are still to come
  bool keeps_text_;
  bool cut_ = false; // kept_ lost its front
  std::string kept_;
  event_reader events_;
  answer_facts facts_;
};

} // namespace logos::net
