// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <span>
#include <string>
#include <string_view>

/// Names that are not those that the gateway reads, but which another reader may take for them.
namespace logos::net {

/// Whether `name` has a letter that has another case, or may be folded into ASCII: nearly none has.
inline bool has_case(std::string_view name) {
  return std::any_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= 'A' && byte <= 'Z');
  });
}

/// `name` as Go's encoding/json compares it: ASCII letters in lower case, U+017F as s, the Kelvin sign U+212A as k.
std::string folded(std::string_view name);

/// The one of `names` (in lower case) that `name` equals only when the case of letters is not minded; empty when there
/// is none.
std::string_view resembled(std::string_view name, std::span<const std::string_view> names);

/// A form's field name as the most lenient reader takes it: percent-decoded, without escapes, blanks, quotes, control
/// bytes and brackets, in lower case.
std::string lenient_field_name(std::string_view name);

} // namespace logos::net
