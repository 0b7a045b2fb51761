// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <array>

namespace logos::storage::sql {

/// How finely a report needs its times. A month has six pentads: five days each, and what remains.
enum class grain { hour, day, pentad, month };

/// The beginning of the period that a time lies in, and of the first one that does not begin before it. UTC.
core::wall_time floor(core::wall_time t, grain step);
core::wall_time ceil(core::wall_time t, grain step);

/// `to` is behind it. Empty if both are the same.
struct range {
  core::wall_time from, to;
};

/// A range as whole periods of a step, and what is to be added to them and taken away again, in finer ones.
struct parts {
  range whole;
  std::array<range, 2> more{}, less{};
};
/// With as little as possible in finer periods: of a month that all but a day is asked of, the day is taken away.
parts parts_of(range of, grain step);

} // namespace logos::storage::sql
