// SPDX-License-Identifier: MIT
#pragma once
#include "core/secret.hpp"
#include "core/time.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Values as the databases' texts.
namespace logos::storage::sql {

/// Reads `2026-11-21 02:39:59[.123456][+00]`, with a `T` and a `Z` too.
std::optional<core::wall_time> parse_time(std::string_view text);

/// 0 when it is none; saturates.
inline std::int64_t parse_integer(std::string_view text) {
  using limits = std::numeric_limits<std::int64_t>;
  std::int64_t number = 0;
  const auto wrong = std::from_chars(text.data(), text.data() + text.size(), number).ec;
  if (wrong == std::errc::result_out_of_range) return text.starts_with('-') ? limits::min() : limits::max();
  return number;
}
/// A sum of money that was summed in two parts, whole units and nano-units, so that SQL's integers hold it; saturates.
std::int64_t money_of(std::string_view units, std::string_view nanos);
double parse_real(std::string_view text);
inline bool parse_truth(std::string_view text) { return text == "t" || text == "1" || text == "true"; }

core::key_hash parse_hash(std::string_view hex);

/// One per line, which no name contains.
std::string join_lines(const std::vector<std::string>& lines);
std::vector<std::string> split_lines(std::string_view text);
/// The same for numbers. What is none reads as 0, which is nothing's id: a list does not become empty by it.
std::string join_numbers(const std::vector<std::int64_t>& numbers);
std::vector<std::int64_t> split_numbers(std::string_view text);

/// Bytes as two hexadecimal digits each, and back. What is no digit reads as 0.
std::string hex_of(std::string_view bytes);
std::string bytes_of(std::string_view hex);

/// Whether it is an address as such, and not sealed by a secret key: base64 may begin with two slashes, so that one of
/// 4096 that are sealed has an address' signs, too.
inline bool is_clear_address(std::string_view text) { return !core::is_sealed(text) && text.find("://") != text.npos; }
/// An address that is a secret, as it may be shown: its scheme and host, and `…` for the rest.
std::string redact_address(std::string_view address);

/// Whether PostgreSQL takes it: UTF-8 without NUL.
bool storable(std::string_view text);
/// `text` with U+FFFD in place of what is not storable.
std::string made_storable(std::string_view text);
/// `text` if it may be JSON by its first look, else `text` as a JSON string.
std::string as_json(std::string_view text);
/// Whether `as_json` would leave it as it is.
bool looks_like_json(std::string_view text);

} // namespace logos::storage::sql
