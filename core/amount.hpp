// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

namespace logos::core {

/// What a text that is no amount of money would have to be, to complete "must be …" and "expected …": within the bounds
/// of 64-bit nano-units, in whole nano-units, or a decimal of 0 or more at all. Static text.
std::string_view amount_rule(std::string_view wrong);

} // namespace logos::core
