// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <string_view>

namespace logos::core {

/// Length of the valid UTF-8 sequence at the start of `s`, 0 if there is none (overlong and surrogates are not valid).
std::size_t utf8_length(std::string_view s);

} // namespace logos::core
