// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// What users, services, processes, profiles, providers, models and policies may be called, whoever names them.
namespace logos::core {

/// What a name must be, as messages say it.
inline constexpr std::string_view name_rule =
    "a string of 1 to 256 bytes of UTF-8 without control characters, and without blanks at its ends";
bool is_name(std::string_view text);
/// "'field' must be …, not a string "…"."; its code is none when `text` is a name.
failure check_name(std::string_view field, std::string_view text);

/// The same for all names that differ only in the case of letters (Latin, Greek, Cyrillic) or in blanks around them.
std::string folded_name(std::string_view text);

/// Length of the blank at the start of `text`, 0 if there is none: spaces of any width, tabs, line ends, and what has
/// no width at all.
std::size_t blank_length(std::string_view text);

} // namespace logos::core
