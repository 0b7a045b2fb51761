// SPDX-License-Identifier: MIT
#pragma once
#include <optional>
#include <string_view>

namespace logos::checks {

/// Whether a regular expression, which anybody may have written, is found in a text. Nothing when it is none, or when
/// that would take too long to find out. Any thread.
std::optional<bool> matches(std::string_view pattern, std::string_view text);

} // namespace logos::checks
