// SPDX-License-Identifier: MIT
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace logos::core {

/// A point in UTC wall time, in microseconds since 1970. What is stored and sent.
using wall_time = std::chrono::sys_time<std::chrono::microseconds>;
/// A point in monotonic time. What deadlines and durations are measured with; never sent to another machine.
using steady_time = std::chrono::steady_clock::time_point;

/// The two clocks that logic takes as a parameter, so that tests run in virtual time. Any thread may call them.
class clock {
public:
  virtual ~clock() = default;
  virtual wall_time wall() const = 0;
  virtual steady_time steady() const = 0;
};

/// The machine's clocks.
const clock& system_clock();

/// A clock that moves only when told to. For tests and simulations; one thread.
class manual_clock final : public clock {
public:
  wall_time wall() const override { return wall_; }
  steady_time steady() const override { return steady_; }
  void advance(std::chrono::microseconds by) {
    wall_ += by;
    steady_ += by;
  }

private:
  wall_time wall_{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  steady_time steady_{std::chrono::hours{1}};
};

/// `2026-11-21 02:39:59.123456+00`: what both databases store and compare.
std::string to_sql(wall_time t);
/// The same into `out`, `sql_time_length` characters.
inline constexpr std::size_t sql_time_length = 29;
void to_sql(wall_time t, char* out);
/// `2026-11-21T02:39:59.123456Z`: what the API says.
std::string to_iso8601(wall_time t);

} // namespace logos::core
