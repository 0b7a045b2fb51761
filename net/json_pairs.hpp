// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

/// JSON text read by its colons, without a parser: what an answer's usage is looked for with.
namespace logos::net {

/// One `"key":value` of JSON text that was found by its colon. Offsets into the text.
struct pair_at {
  std::string_view key;
  std::size_t key_begin; // its opening quote
  std::size_t value;     // the value's first byte
};

/// The next key at or after `from`. Relies on the text being JSON: there an unescaped quote before a colon closes a key
/// or opens a value, and a value never has a key's name before it.
std::optional<pair_at> next_pair(std::string_view text, std::size_t from);

/// How many containers that were open before `from` end in the rest of `text`.
std::size_t closed_after(std::string_view text, std::size_t from);

} // namespace logos::net
