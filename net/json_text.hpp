// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

/// The small grammar of JSON's scalars, for code that reads JSON text in place.
namespace logos::net {

inline bool is_json_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// `text` without JSON whitespace at its end.
std::string_view without_trailing_space(std::string_view text);

/// `token` is a string with its quotes and every escape in it is one of JSON's. Lone surrogates are well-formed.
/// Expects what simdjson's first stage guarantees: an unescaped quote ends the string, and no raw control bytes.
bool is_json_string(std::string_view token);
bool is_json_number(std::string_view token);

/// The inside of a JSON string with its escapes resolved; lone surrogates become U+FFFD.
std::string unescape(std::string_view inside);
/// The same, put at the end of `out`.
void unescape_onto(std::string_view inside, std::string& out);

/// Offset of the quote that ends the string whose inside begins at `from`; npos when it does not end.
std::size_t end_of_string(std::string_view text, std::size_t from);

/// Offset behind the object or array that begins at `from`; npos when it does not end.
std::size_t end_of_container(std::string_view text, std::size_t from);

} // namespace logos::net
