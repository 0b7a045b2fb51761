// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

/// The text of request targets, percent-encoded as it came.
namespace logos::net {

/// One character of a path after one decoding. `byte` is -1 for a broken escape.
struct decoded_char {
  int byte;
  std::size_t length; // characters it took
};
decoded_char decode_at(std::string_view text, std::size_t at);

/// Nothing in `path` can be read as another path by whoever sees it next: no `.` or `..` segments (also encoded, once
/// or twice, or with a `;` parameter), no control bytes, backslashes, raw spaces, raw bytes above ASCII, `?` or `#`.
bool safe_path(std::string_view path);
/// `query` has no control bytes, spaces, bytes above ASCII or `#`.
bool safe_query(std::string_view query);

/// Appends `text` percent-encoded as one path segment.
void append_encoded(std::string& out, std::string_view text);
/// The value of the parameter `name`, still encoded; empty when it is not there.
std::string_view query_value(std::string_view query, std::string_view name);
/// `query` without the parameter `name`.
std::string query_without(std::string_view query, std::string_view name);

} // namespace logos::net
