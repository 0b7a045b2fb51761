// SPDX-License-Identifier: MIT
#include "storage/sql/periods.hpp"

#include <algorithm>
#include <chrono>

namespace logos::storage::sql {
namespace {

using core::wall_time;
using std::chrono::sys_days;

wall_time start_of_month(wall_time t) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(t)};
  return sys_days{day.year() / day.month() / 1};
}

} // namespace

wall_time floor(wall_time t, grain step) {
  switch (step) {
  case grain::hour: return std::chrono::floor<std::chrono::hours>(t);
  case grain::day: return std::chrono::floor<std::chrono::days>(t);
  case grain::pentad: {
    const auto month = start_of_month(t);
    return month +
           std::min<std::chrono::days>(std::chrono::floor<std::chrono::days>(t - month) / 5, std::chrono::days{5}) * 5;
  }
  case grain::month: return start_of_month(t);
  }
  return t;
}
wall_time ceil(wall_time t, grain step) {
  const auto start = floor(t, step);
  if (start == t) return t;
  switch (step) {
  case grain::hour: return start + std::chrono::hours{1};
  case grain::day: return start + std::chrono::days{1};
  case grain::pentad: {
    const auto month = start_of_month(t);
    const bool last = start - month == std::chrono::days{25};
    return last ? start_of_month(month + std::chrono::days{31}) : start + std::chrono::days{5};
  }
  case grain::month: return start_of_month(start + std::chrono::days{31});
  }
  return t;
}

parts parts_of(range of, grain step) {
  const std::array<wall_time, 2> begins{floor(of.from, step), ceil(of.from, step)},
      ends{floor(of.to, step), ceil(of.to, step)};
  parts best{{of.to, of.to}, {of, range{of.to, of.to}}, {}};
  auto least = of.to - of.from;
  for (const auto begin : begins)
    for (const auto end : ends) {
      if (begin >= end) continue;
      const auto apart = [](wall_time a, wall_time b) { return a < b ? b - a : a - b; };
      const auto finer = apart(begin, of.from) + apart(end, of.to);
      if (finer >= least) continue;
      least = finer;
      best = {{begin, end},
              {range{of.from, std::max(begin, of.from)}, range{std::min(end, of.to), of.to}},
              {range{std::min(begin, of.from), of.from}, range{of.to, std::max(end, of.to)}}};
    }
  return best;
}

} // namespace logos::storage::sql
