// SPDX-License-Identifier: MIT
#pragma once
#include "net/json_look.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace logos::net {

/// The field of that name, if the gateway reads it. `key` is plain text, escapes resolved.
std::optional<body_field> field_named(std::string_view key);
/// The name of the field that `key` equals only when the case of letters is not minded; empty when there is none.
std::string_view resembled_field(std::string_view key);
/// Reads the value of one field, well-formed JSON and not null, into `out`. Nothing, or ec::bad_field.
std::optional<core::failure> read_field(body_field f, std::string_view value, json_look& out);
/// Seconds from 0 to 604800, fractions allowed, as `timeout_s` and the header of the same meaning have them.
std::optional<std::chrono::milliseconds> parse_patience(std::string_view text);
core::failure wrong_field(std::string_view name, std::string_view what);

} // namespace logos::net
