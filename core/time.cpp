// SPDX-License-Identifier: MIT
#include "core/time.hpp"

#include <cstring>

namespace logos::core {
namespace {

class machine_clock final : public clock {
public:
  wall_time wall() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  steady_time steady() const override { return std::chrono::steady_clock::now(); }
};

void put(char* out, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10)
    out[i] = static_cast<char>('0' + value % 10);
}

void write_second(char* out, std::chrono::sys_seconds t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{day};
  const auto rest = static_cast<unsigned>((t - day).count());
  put(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out[4] = out[7] = '-';
  put(out + 5, static_cast<unsigned>(date.month()), 2);
  put(out + 8, static_cast<unsigned>(date.day()), 2);
  put(out + 11, rest / 3600, 2);
  put(out + 14, rest / 60 % 60, 2);
  put(out + 17, rest % 60, 2);
  out[13] = out[16] = ':';
}

/// 26 characters, `separator` between day and time.
void format(char* out, wall_time t, char separator) {
  // The times of a request, and those of the next, mostly fall into one second.
  struct written {
    std::chrono::sys_seconds second = std::chrono::sys_seconds::min();
    char text[19]{};
  };
  thread_local written last;
  const auto second = std::chrono::floor<std::chrono::seconds>(t);
  if (second != last.second) {
    write_second(last.text, second);
    last.second = second;
  }
  std::memcpy(out, last.text, sizeof last.text);
  out[10] = separator;
  out[19] = '.';
  put(out + 20, static_cast<unsigned>((t - second).count()), 6);
}

} // namespace

const clock& system_clock() {
  static const machine_clock instance;
  return instance;
}

std::string to_sql(wall_time t) {
  std::string text(sql_time_length, '\0');
  to_sql(t, text.data());
  return text;
}

void to_sql(wall_time t, char* out) {
  format(out, t, ' ');
  std::memcpy(out + 26, "+00", 3);
}

std::string to_iso8601(wall_time t) {
  std::string text(27, 'Z');
  format(text.data(), t, 'T');
  return text;
}

} // namespace logos::core
