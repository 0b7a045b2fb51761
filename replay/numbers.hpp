// SPDX-License-Identifier: MIT
#pragma once
#include <optional>
#include <string>
#include <string_view>

/// Numbers as the files of a replay have them.
namespace logos::replay {

/// With two decimals.
std::string to_text(double value);
/// `none` where there is none.
std::string to_text(const std::optional<double>& value, std::string_view none);
/// Nothing where it is no number.
std::optional<double> read_number(std::string_view text);

} // namespace logos::replay
