// SPDX-License-Identifier: MIT
// What one chunk of an answer tells.
#include "net/chunk_nesting.hpp"
#include "net/json_pairs.hpp"
#include "net/usage.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace logos::net {
namespace {

constexpr std::size_t npos = std::string_view::npos;

constexpr std::array<std::string_view, 11> text_keys{"content",   "text",         "reasoning_content", "reasoning",
                                                     "arguments", "delta",        "response",          "refusal",
                                                     "thinking",  "partial_json", "transcript"};
bool carries_text(std::string_view key) {
  return std::find(text_keys.begin(), text_keys.end(), key) != text_keys.end();
}

/// What one pass over a chunk is doing.
class chunk_pass {
public:
  chunk_pass(std::string_view chunk, answer_facts& into, member_place* null_usage, bool cut)
      : chunk_{chunk},
        into_{into},
        null_usage_{null_usage},
        nesting_{chunk, cut} {}

  bool run() {
    std::size_t at = 0;
    while (const auto pair = next_pair(chunk_, at))
      at = take(*pair);
    if (counting_ && text_ != 0) {
      into_.text_bytes += text_;
      keep_text();
      ++into_.deltas;
      into_.first_token = true;
    }
    if (answer_counted_) into_.text_before_usage = into_.text_bytes;
    return usage_read_;
  }

private:
  bool value_is(std::size_t value, std::string_view text) const { return chunk_.substr(value, text.size()) == text; }

  /// Only now is it known that it is new text.
  void keep_text() {
    if (texts_ <= few_.size()) {
      for (std::size_t i = 0; i < texts_; ++i)
        into_.text.add(few_[i]);
      return;
    }
    for (std::size_t at = 0; const auto pair = next_pair(chunk_, at);) {
      at = pair->value;
      if (chunk_[at] != '"') continue;
      const auto end = end_of_string(chunk_, at + 1);
      if (end == npos) return;
      if (carries_text(pair->key)) into_.text.add(chunk_.substr(at + 1, end - at - 1));
      at = end + 1;
    }
  }

  /// Returns where to look on.
  std::size_t take(const pair_at& pair) {
    const auto [key, key_begin, value] = pair;
    const char first = chunk_[value];
    if (first == '"') {
      const auto end = end_of_string(chunk_, value + 1);
      if (end == npos) return chunk_.size();
      take_string(pair, chunk_.substr(value + 1, end - value - 1));
      return end + 1;
    }
    if (first == '{') {
      if ((key == "usage" && nesting_.may_be_usage(key_begin)) ||
          (key == "usageMetadata" && nesting_.may_be_metadata(key_begin))) {
        const auto end = end_of_container(chunk_, value);
        if (end == npos) return chunk_.size();
        const auto object = chunk_.substr(value, end - value);
        usage_read_ = read_usage_object(object, into_.tokens, into_.counters, &answer_counted_) || usage_read_;
        return end;
      }
      if (key == "error" && nesting_.is_outermost(key_begin)) into_.failed = true;
    } else if (first == '[') {
      if (key == "tool_calls" && !value_is(value, "[]")) into_.first_token = true;
    } else if (first == 'n') {
      if (key == "finish_reason" || key == "stop_reason")
        into_.promised = true;
      else if (null_usage_ != nullptr && key == "usage" && value_is(value, "null"))
        note_null_usage(key_begin, value + 4);
    } else if (first == 't') {
      if (key == "done") into_.finished = into_.finished || nesting_.is_outermost(key_begin);
    } else if (first == 'f') {
      if (key == "done") into_.promised = into_.promised || nesting_.is_outermost(key_begin);
    } else if (key == "duration") {
      if (nesting_.is_outermost(key_begin)) take_duration(chunk_.substr(value));
    } else if (is_native_count(pair)) {
      take_native_count(key, chunk_.substr(value, chunk_.find_first_of(",}] \t\r\n", value) - value));
    }
    return value;
  }

  bool is_native_count(const pair_at& pair) {
    return (pair.key == "eval_count" || pair.key == "prompt_eval_count") && nesting_.is_outermost(pair.key_begin);
  }

  /// Ollama's own counts stand bare in the last chunk: they are read as others' are, and believed as little.
  void take_native_count(std::string_view key, std::string_view count) {
    std::string object = key == "eval_count" ? R"({"completion_tokens":)" : R"({"prompt_tokens":)";
    object.append(count).append("}");
    read_usage_object(object, into_.tokens, nullptr, &answer_counted_);
  }

  void take_string(const pair_at& pair, std::string_view inside) {
    const auto key = pair.key;
    if (carries_text(key)) {
      text_ += inside.size();
      if (texts_ < few_.size()) few_[texts_] = inside;
      ++texts_;
    } else if (key == "finish_reason" || key == "stop_reason" || key == "finishReason") {
      into_.finished = true;
      ++into_.finish_reasons;
    } else if (key == "error") {
      if (nesting_.is_outermost(pair.key_begin)) into_.failed = true;
    } else if (is_native_count(pair)) {
      take_native_count(key, "\"\""); // a text is no count
    } else if (key == "duration") {
      if (nesting_.is_outermost(pair.key_begin)) take_duration(inside);
    } else if (key == "type" && nesting_.is_outermost(pair.key_begin)) {
      take_type(inside);
    }
  }

  /// Of a transcription, in seconds; vLLM writes it as a text. Where the front was lost, nobody knows what is
  /// outermost.
  void take_duration(std::string_view text) {
    double seconds = 0;
    if (!chunk_.starts_with('{')) return;
    if (std::from_chars(text.data(), text.data() + text.size(), seconds).ec == std::errc{})
      into_.tokens.told_milliseconds = milliseconds_of(seconds);
  }

  /// Which object it is in, what follows tells with less to read than what came before: it stands near the end.
  void note_null_usage(std::size_t begin, std::size_t end) {
    if (closed_after(chunk_, end) != 1) return;
    while (begin > 0 && is_json_space(chunk_[begin - 1]))
      --begin;
    if (begin > 0 && chunk_[begin - 1] == ',') {
      --begin;
    } else { // the first member
      while (end < chunk_.size() && is_json_space(chunk_[end]))
        ++end;
      if (end < chunk_.size() && chunk_[end] == ',') ++end;
    }
    *null_usage_ = {begin, end - begin};
  }

  /// Anthropic and the Responses API say in `type` what an event is.
  void take_type(std::string_view type) {
    if (type == "error" || type == "response.failed")
      into_.failed = true;
    else if (type == "response.completed" || type == "response.incomplete" || type == "response.cancelled" ||
             type == "message_stop")
      into_.finished = true;
    else if (type == "response.created" || type == "message_start")
      into_.promised = true;
    // Only deltas carry new text; the other events repeat what was said.
    if (type.starts_with("response.") && !type.ends_with(".delta")) counting_ = false;
  }

  std::string_view chunk_;
  answer_facts& into_;
  member_place* null_usage_; // null: nobody asks
  std::size_t text_ = 0;
  std::array<std::string_view, 4> few_; // the first texts
  std::size_t texts_ = 0;
  bool counting_ = true;
  chunk_nesting nesting_;
  bool usage_read_ = false;
  bool answer_counted_ = false;
};

} // namespace

bool read_chunk(std::string_view chunk, answer_facts& into, member_place* null_usage, bool cut) {
  return chunk_pass{chunk, into, null_usage, cut}.run();
}

} // namespace logos::net
