// SPDX-License-Identifier: MIT
#pragma once
#include <chrono>

namespace logos::scheduling {

/// Refusals in a row that take no longer than this are a busy spell, which ends. A provider's quotas are by the minute.
inline constexpr std::chrono::minutes longest_spell{1};
/// Fewer are too few to tell, however long they took.
inline constexpr unsigned most_in_a_row = 8;

/// Who refuses so often in a row, for so long, and serves nothing meanwhile is not busy: its account is closed, or it
/// is broken. `in_a_row` counts refusals of those who were sent when the one before was known.
inline bool outlasts_a_spell(unsigned in_a_row, std::chrono::nanoseconds lasted) {
  return in_a_row > most_in_a_row && lasted >= longest_spell;
}

} // namespace logos::scheduling
