// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <string_view>

namespace logos::administration {

/// JSON sets numbers no bounds, the parser does: a text that it refuses may be well-formed. Names the first member
/// whose number is too large to be read; the failure's code is none when there is none. Pure.
core::failure find_large_number(std::string_view json);

} // namespace logos::administration
