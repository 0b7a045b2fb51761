// SPDX-License-Identifier: MIT
#include "net/usage.hpp"

#include "net/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace logos::net {
namespace {

constexpr std::size_t npos = std::string_view::npos;

/// One `"key":value` of JSON text that was found by its colon. Offsets into the text.
struct pair_at {
  std::string_view key;
  std::size_t key_begin; // its opening quote
  std::size_t value;     // the value's first byte
};

/// The next key at or after `from`. Relies on the text being JSON: there an unescaped quote before a colon closes a key
/// or opens a value, and a value never has a key's name before it.
std::optional<pair_at> next_pair(std::string_view text, std::size_t from) {
  constexpr std::size_t longest_key = 48;
  for (auto colon = text.find(':', from); colon != npos; colon = text.find(':', colon + 1)) {
    auto quote = colon;
    while (quote > 0 && is_json_space(text[quote - 1]))
      --quote;
    if (quote < 2 || text[--quote] != '"' || text[quote - 1] == '\\') continue;
    const auto open = text.rfind('"', quote - 1);
    if (open == npos || quote - open > longest_key || (open > 0 && text[open - 1] == '\\')) continue;
    auto value = colon + 1;
    while (value < text.size() && is_json_space(text[value]))
      ++value;
    if (value == text.size()) return std::nullopt;
    return pair_at{text.substr(open + 1, quote - open - 1), open, value};
  }
  return std::nullopt;
}

/// How many containers that were open before `from` end in the rest of `text`.
std::size_t closed_after(std::string_view text, std::size_t from) {
  std::size_t open = 0, closed = 0;
  for (auto at = from; at < text.size(); ++at) {
    switch (text[at]) {
    case '{':
    case '[': ++open; break;
    case '}':
    case ']':
      if (open != 0)
        --open;
      else
        ++closed;
      break;
    case '"':
      at = end_of_string(text, at + 1);
      if (at == npos) return closed;
      break;
    default: break;
    }
  }
  return closed;
}

constexpr std::array<std::string_view, 11> text_keys{"content",   "text",         "reasoning_content", "reasoning",
                                                     "arguments", "delta",        "response",          "refusal",
                                                     "thinking",  "partial_json", "transcript"};
bool carries_text(std::string_view key) {
  return std::find(text_keys.begin(), text_keys.end(), key) != text_keys.end();
}

/// What one pass over a chunk is doing.
class chunk_pass {
public:
  chunk_pass(std::string_view chunk, answer_facts& into, member_place* null_usage)
      : chunk_{chunk},
        into_{into},
        null_usage_{null_usage} {}

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
    return usage_read_;
  }

private:
  bool value_is(std::size_t value, std::string_view text) const { return chunk_.substr(value, text.size()) == text; }

  /// Nothing but the outermost brace is open before the key. Goes on where the last question ended.
  bool is_outermost(std::size_t key_begin) {
    for (; counted_ < key_begin; ++counted_) {
      const char c = chunk_[counted_];
      if (c == '{' || c == '[')
        ++depth_;
      else if (c == '}' || c == ']')
        --depth_;
      else if (c == '"')
        counted_ = std::min(end_of_string(chunk_, counted_ + 1), chunk_.size());
    }
    return depth_ == 1;
  }

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
      if (key == "usage") {
        const auto end = end_of_container(chunk_, value);
        if (end == npos) return chunk_.size();
        usage_read_ = read_usage_object(chunk_.substr(value, end - value), into_.tokens, into_.counters) || usage_read_;
        return end;
      }
      if (key == "error" && is_outermost(key_begin)) into_.failed = true;
    } else if (first == '[') {
      if (key == "tool_calls" && !value_is(value, "[]")) into_.first_token = true;
    } else if (first == 'n') {
      if (key == "finish_reason" || key == "stop_reason")
        into_.promised = true;
      else if (null_usage_ != nullptr && key == "usage" && value_is(value, "null"))
        note_null_usage(key_begin, value + 4);
    } else if (first == 't') {
      if (key == "done") into_.finished = into_.finished || is_outermost(key_begin);
    } else if (first == 'f') {
      if (key == "done") into_.promised = into_.promised || is_outermost(key_begin);
    } else if (key == "duration") {
      if (is_outermost(key_begin)) take_duration(chunk_.substr(value));
    } else if (key == "eval_count" || key == "prompt_eval_count") {
      take_native_count(key, chunk_.substr(value, chunk_.find_first_of(",}] \t\r\n", value) - value));
    }
    return value;
  }

  /// Ollama's own counts stand bare in the last chunk: they are read as others' are, and believed as little.
  void take_native_count(std::string_view key, std::string_view count) {
    std::string object = key == "eval_count" ? R"({"completion_tokens":)" : R"({"prompt_tokens":)";
    object.append(count).append("}");
    read_usage_object(object, into_.tokens);
  }

  void take_string(const pair_at& pair, std::string_view inside) {
    const auto key = pair.key;
    if (carries_text(key)) {
      text_ += inside.size();
      if (texts_ < few_.size()) few_[texts_] = inside;
      ++texts_;
    } else if (key == "finish_reason" || key == "stop_reason") {
      into_.finished = true;
    } else if (key == "error") {
      if (is_outermost(pair.key_begin)) into_.failed = true;
    } else if (key == "eval_count" || key == "prompt_eval_count") {
      take_native_count(key, "\"\""); // a text is no count
    } else if (key == "duration") {
      if (is_outermost(pair.key_begin)) take_duration(inside);
    } else if (key == "type" && is_outermost(pair.key_begin)) {
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
  std::size_t counted_ = 0; // brackets are counted up to here
  int depth_ = 0;
  bool usage_read_ = false;
};

/// What a body is whose type tells nothing, as some servers send theirs; nothing while that cannot be told.
std::optional<content_kind> kind_by_beginning(std::string_view body) {
  constexpr std::size_t most_blanks = 64;
  const auto begin = body.substr(0, most_blanks).find_first_not_of(" \t\r\n");
  if (begin == npos) return body.size() < most_blanks ? std::nullopt : std::optional{content_kind::opaque};
  body.remove_prefix(begin);
  if (body.front() == '{') return content_kind::json;
  for (const std::string_view field : {"data:", "event:"}) {
    if (body.starts_with(field)) return content_kind::sse;
    if (field.starts_with(body)) return std::nullopt;
  }
  return content_kind::opaque;
}

/// The last `usage` object of the outermost object in `body`, which may have lost its front.
std::string_view outermost_usage(std::string_view body) {
  constexpr std::string_view name = "\"usage\"";
  // Each look costs a scan of what follows: an answer made of this word must not cost its square.
  int looks = 16;
  for (auto at = body.rfind(name); at != npos && looks-- > 0; at = at == 0 ? npos : body.rfind(name, at - 1)) {
    auto value = body.find_first_not_of(" \t\r\n", at + name.size());
    if (value == npos || body[value] != ':') continue;
    value = body.find_first_not_of(" \t\r\n", value + 1);
    if (value == npos || body[value] != '{') continue;
    const auto end = end_of_container(body, value);
    if (end != npos && closed_after(body, end) == 1) return body.substr(value, end - value);
  }
  return {};
}

} // namespace

content_kind content_kind_of(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  type = without_trailing_space(type);
  const auto is = [&](std::string_view name) {
    return type.size() == name.size() && std::equal(type.begin(), type.end(), name.begin(), [](char a, char b) {
             return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
           });
  };
  if (is("application/json") || is("text/json")) return content_kind::json;
  if (is("text/event-stream")) return content_kind::sse;
  if (is("application/x-ndjson") || is("application/ndjson") || is("application/jsonl") ||
      is("application/x-jsonlines"))
    return content_kind::ndjson;
  return content_kind::opaque;
}

bool read_chunk(std::string_view chunk, answer_facts& into, member_place* null_usage) {
  return chunk_pass{chunk, into, null_usage}.run();
}

std::size_t end_of_usage(std::string_view json, bool chunk) {
  std::string_view found;
  if (!chunk) {
    found = outermost_usage(without_trailing_space(json));
  } else {
    usage unused;
    for (std::size_t at = 0; const auto pair = next_pair(json, at);) {
      at = pair->value;
      if (json[at] == '"') {
        const auto end = end_of_string(json, at + 1);
        if (end == npos) break;
        at = end + 1;
      } else if (json[at] == '{' && pair->key == "usage") {
        const auto end = end_of_container(json, at);
        if (end == npos) break;
        if (const auto object = json.substr(at, end - at); read_usage_object(object, unused)) found = object;
        at = end;
      }
    }
  }
  if (found.empty()) return npos;
  return static_cast<std::size_t>(found.data() - json.data()) + found.size() - 1;
}

void usage_reader::feed(std::string_view bytes) {
  if (guessing_) {
    kept_.append(bytes);
    const auto kind = kind_by_beginning(kept_);
    if (!kind) return;
    kind_ = *kind;
    guessing_ = false;
    const auto begun = std::exchange(kept_, {});
    return feed(begun);
  }
  switch (kind_) {
  case content_kind::sse: events_.feed(bytes, facts_); break;
  case content_kind::ndjson: feed_lines(bytes); break;
  case content_kind::json:
    kept_.append(bytes);
    trim_front(kept_);
    break;
  case content_kind::opaque: break;
  }
}

void usage_reader::feed_lines(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    if (end == npos) {
      kept_.append(part);
      trim_front(kept_);
      return;
    }
    if (kept_.empty()) {
      read_chunk(part, facts_);
    } else {
      kept_.append(part);
      read_chunk(kept_, facts_);
      clear(kept_);
    }
    bytes.remove_prefix(end + 1);
  }
}

void usage_reader::finish() {
  switch (kind_) {
  case content_kind::sse: events_.finish(facts_); break;
  case content_kind::ndjson: read_chunk(kept_, facts_); break;
  case content_kind::json: read_document(kept_); break;
  case content_kind::opaque: break;
  }
  clear(kept_);
}

void usage_reader::read_whole(std::string_view body) {
  if (kind_ == content_kind::json) {
    read_document(body);
    return;
  }
  feed(body);
  finish();
}

namespace {

/// Whether an answer tells near its beginning that it has text in it, as embeddings and lists do not.
bool begins_with_text(std::string_view body) {
  const auto head = body.substr(0, 1024);
  return head.find(R"("choices")") != head.npos || head.find(R"("content")") != head.npos ||
         head.find(R"("output")") != head.npos;
}

} // namespace

void usage_reader::read_document(std::string_view body) {
  body = without_trailing_space(body);
  const auto found = outermost_usage(body);
  if (!found.empty() && read_usage_object(found, facts_.tokens, facts_.counters)) {
    facts_.first_token = true;
    if (facts_.tokens.completion_tokens == 0 && begins_with_text(body)) read_chunk(body, facts_);
  } else {
    // Ollama's native counts, or text to estimate from.
    read_chunk(body, facts_);
  }
  if (const auto first = next_pair(body, 0); first && first->key == "error" && body.substr(first->value, 4) != "null")
    facts_.failed = true;
  facts_.finished = facts_.finished || (!body.empty() && (body.back() == '}' || body.back() == ']'));
}

} // namespace logos::net
