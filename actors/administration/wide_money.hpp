// SPDX-License-Identifier: MIT
#pragma once
#include "core/money.hpp"

#include <limits>
#include <string>

namespace logos::administration {

/// Nano-units of a sum over many requests.
__extension__ using wide = __int128;

/// Exactly, also what no single cost could be: the sum over many requests.
inline std::string decimal(wide amount) {
  const auto whole = amount / core::nano_per_unit;
  const auto rest = static_cast<core::nano>(amount % core::nano_per_unit);
  if (whole >= std::numeric_limits<core::nano>::min() / core::nano_per_unit &&
      whole <= std::numeric_limits<core::nano>::max() / core::nano_per_unit - 1)
    return core::to_decimal(static_cast<core::nano>(amount));
  std::string digits;
  for (auto left = whole < 0 ? -whole : whole; left != 0; left /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(left % 10)));
  return (amount < 0 ? "-" : "") + digits + core::to_decimal(rest < 0 ? -rest : rest).substr(1);
}

} // namespace logos::administration
