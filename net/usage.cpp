// SPDX-License-Identifier: MIT
#include "net/usage.hpp"

#include "net/chunk_nesting.hpp"
#include "net/json_pairs.hpp"
#include "net/json_text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace logos::net {
namespace {

constexpr std::size_t npos = std::string_view::npos;

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

/// The last `usage` object of the outermost object in `body`, which has lost its front where it is `cut`. Looked for
/// from the end, near which it stands.
std::string_view outermost_usage(std::string_view body, bool cut) {
  constexpr std::string_view name = "\"usage\"";
  // Each look costs a scan of what follows: an answer made of this word must not cost its square.
  int looks = 16;
  for (auto at = body.rfind(name); at != npos && looks-- > 0; at = at == 0 ? npos : body.rfind(name, at - 1)) {
    auto value = body.find_first_not_of(" \t\r\n", at + name.size());
    if (value == npos || body[value] != ':') continue;
    value = body.find_first_not_of(" \t\r\n", value + 1);
    if (value == npos || body[value] != '{') continue;
    const auto end = end_of_container(body, value);
    if (end == npos || closed_after(body, end) != 1) continue;
    // Where an answer broke off, what closes behind it does not tell how deep it stands.
    if (!cut && left_open(body.substr(0, at)) != 1) break;
    return body.substr(value, end - value);
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

std::size_t end_of_usage(std::string_view json, bool chunk) {
  std::string_view found;
  if (!chunk) {
    found = outermost_usage(without_trailing_space(json), false);
  } else {
    usage unused;
    chunk_nesting nesting{json, false};
    for (std::size_t at = 0; const auto pair = next_pair(json, at);) {
      at = pair->value;
      if (json[at] == '"') {
        const auto end = end_of_string(json, at + 1);
        if (end == npos) break;
        at = end + 1;
      } else if (json[at] == '{' && pair->key == "usage" && nesting.may_be_usage(pair->key_begin)) {
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
    cut_ = trim_front(kept_) != 0 || cut_;
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
      cut_ = trim_front(kept_) != 0 || cut_;
      return;
    }
    if (kept_.empty()) {
      read_chunk(part, facts_);
    } else {
      kept_.append(part);
      read_chunk(kept_, facts_, nullptr, std::exchange(cut_, false));
      clear(kept_);
    }
    bytes.remove_prefix(end + 1);
  }
}

void usage_reader::finish() {
  switch (kind_) {
  case content_kind::sse: events_.finish(facts_); break;
  case content_kind::ndjson: read_chunk(kept_, facts_, nullptr, cut_); break;
  case content_kind::json: read_document(kept_, cut_); break;
  case content_kind::opaque: break;
  }
  clear(kept_);
}

void usage_reader::read_whole(std::string_view body) {
  if (kind_ == content_kind::json) {
    read_document(body, false);
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

void usage_reader::read_document(std::string_view body, bool cut) {
  body = without_trailing_space(body);
  const auto found = outermost_usage(body, cut);
  if (!found.empty() && read_usage_object(found, facts_.tokens, facts_.counters)) {
    facts_.first_token = true;
    const bool uncounted = facts_.tokens.completion_tokens == 0;
    if ((uncounted || keeps_text_) && begins_with_text(body)) {
      answer_facts text; // only that: what the answer tells is known
      read_chunk(body, uncounted ? facts_ : text, nullptr, cut);
      if (!uncounted) {
        facts_.deltas = text.deltas;
        facts_.text_bytes = facts_.text_before_usage = text.text_bytes;
        facts_.text = std::move(text.text);
      }
    }
  } else {
    // Ollama's native counts, or text to estimate from.
    read_chunk(body, facts_, nullptr, cut);
  }
  if (const auto first = next_pair(body, 0); first && first->key == "error" && body.substr(first->value, 4) != "null")
    facts_.failed = true;
  facts_.finished = facts_.finished || (!body.empty() && (body.back() == '}' || body.back() == ']'));
}

} // namespace logos::net
