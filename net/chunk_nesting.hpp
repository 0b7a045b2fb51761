// SPDX-License-Identifier: MIT
#pragma once
#include "net/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// Where in an answer's JSON a key stands. Answers repeat what the client sent (`tools`, `metadata`), which may have
/// the names in it that providers tell their usage by: only what stands where a provider puts it is the provider's
/// word.
namespace logos::net {

/// How many more containers `text` opens than it closes. Has no strings in it.
inline std::ptrdiff_t opened_beside_strings(std::string_view text) {
  constexpr std::size_t at_once = 64; // what a byte can count, so that compilers count many at a time
  std::ptrdiff_t open = 0;
  for (; !text.empty(); text.remove_prefix(std::min(at_once, text.size()))) {
    std::int8_t here = 0;
    for (const char c : text.substr(0, at_once)) {
      const auto folded = static_cast<unsigned char>(c | 0x20); // [ as {, ] as }
      here = static_cast<std::int8_t>(here + (folded == '{') - (folded == '}'));
    }
    open += here;
  }
  return open;
}

/// How many more containers `text` opens than it closes. Begins outside a string; nothing where it ends inside one.
inline std::optional<std::ptrdiff_t> left_open(std::string_view text) {
  std::ptrdiff_t open = 0;
  for (;;) {
    const auto quote = text.find('"');
    open += opened_beside_strings(text.substr(0, quote));
    if (quote == std::string_view::npos) return open;
    const auto end = end_of_string(text, quote + 1);
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
}

/// Counts a chunk's brackets from its beginning, no further than to the keys that are asked for, in their order. One
/// per pass over the chunk, which outlives it.
class chunk_nesting {
public:
  /// `cut`: the chunk's front may be lost.
  chunk_nesting(std::string_view chunk, bool cut) : chunk_{chunk}, cut_{cut} {}

  /// Nothing but the outermost brace is open before the key that begins here.
  bool is_outermost(std::size_t key_begin) { return go_to(key_begin) && depth_ == 1; }

  /// A provider puts its usage where the key that begins here stands.
  bool may_be_usage(std::size_t key_begin) {
    constexpr std::array<std::string_view, 5> wrappers{"response", "message", "result", "delta", "x_groq"};
    if (!go_to(key_begin)) return false;
    if (depth_ == 2) return std::find(wrappers.begin(), wrappers.end(), member_) != wrappers.end();
    return depth_ == 1 || (depth_ == 3 && member_ == "choices"); // Moonshot's stands in a choice
  }

  /// The same of Google's `usageMetadata`, which also stands in each of a list of chunks, as a stream is sent that is
  /// no event stream.
  bool may_be_metadata(std::size_t key_begin) {
    if (!go_to(key_begin)) return false;
    return depth_ == 1 || (depth_ == 2 && (member_ == "response" || is_list()));
  }

private:
  bool is_list() const {
    const auto first = chunk_.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && chunk_[first] == '[';
  }

  /// Whether a key can begin there. What is counted is right up to a key, as its quote opens no other string.
  bool go_to(std::size_t key_begin) {
    if (cut_) {
      cut_ = false;
      // What closes after a key tells how deep it stands, whatever was lost. Where the end is lost too, nothing does.
      const auto open = left_open(chunk_.substr(key_begin));
      counted_ = open ? key_begin : chunk_.size();
      depth_ = open ? -*open : 0;
    }
    for (; counted_ < key_begin; ++counted_) {
      const char c = chunk_[counted_];
      if (c == '{' || c == '[') {
        if (depth_ == 1) member_ = text_;
        ++depth_;
      } else if (c == '}' || c == ']') {
        --depth_;
      } else if (c == '"') {
        const auto end = std::min(end_of_string(chunk_, counted_ + 1), chunk_.size());
        if (depth_ == 1) text_ = chunk_.substr(counted_ + 1, end - counted_ - 1);
        counted_ = end;
      }
    }
    return counted_ == key_begin;
  }

  std::string_view chunk_;
  bool cut_;                // and nothing is counted yet
  std::size_t counted_ = 0; // brackets are counted up to here
  std::ptrdiff_t depth_ = 0;
  std::string_view text_; // the last string of the outermost object
  /// The outermost object's member that is open, or was last. One that began in a lost front is so long because it
  /// repeats an answer.
  std::string_view member_ = "response";
};

} // namespace logos::net
