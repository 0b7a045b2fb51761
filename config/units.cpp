// SPDX-License-Identifier: MIT
#include "config/units.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace logos::config {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// The longest first where one is the beginning of another.
constexpr std::array<unit, 10> size_units{{{"KiB", 1ull << 10},
                                           {"MiB", 1ull << 20},
                                           {"GiB", 1ull << 30},
                                           {"TiB", 1ull << 40},
                                           {"KB", 1'000},
                                           {"kB", 1'000},
                                           {"MB", 1'000'000},
                                           {"GB", 1'000'000'000},
                                           {"TB", 1'000'000'000'000},
                                           {"B", 1}}};
constexpr std::array<unit, 5> time_units{{{"ms", 1}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}}};

/// Takes digits off the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// A decimal number off the front of `text`, times `scale`, exactly. At most nine decimals.
struct decimal {
  std::uint64_t whole = 0;
  std::uint64_t nano = 0;
};
std::optional<decimal> take_decimal(std::string_view& text) {
  decimal value;
  const auto whole = take_number(text);
  if (!whole) return std::nullopt;
  value.whole = *whole;
  if (text.empty() || text.front() != '.') return value;
  text.remove_prefix(1);
  std::uint64_t place = 100'000'000;
  bool any = false;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    const auto digit = static_cast<std::uint64_t>(text.front() - '0');
    if (place == 0 && digit != 0) return std::nullopt;
    value.nano += digit * place;
    place /= 10;
    any = true;
    text.remove_prefix(1);
  }
  if (!any) return std::nullopt;
  return value;
}

template <std::size_t N>
const unit* take_unit(const std::array<unit, N>& units, std::string_view& text) {
  for (const auto& u : units)
    if (text.substr(0, u.name.size()) == u.name) {
      text.remove_prefix(u.name.size());
      return &u;
    }
  return nullptr;
}

/// `value` times `factor`, where that is a whole number that fits into 63 bits.
std::optional<std::uint64_t> scaled(const decimal& value, std::uint64_t factor) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value.whole > most / factor) return std::nullopt;
  const auto whole = value.whole * factor;
  // At most 10^9 * 2^40, which is more than 64 bits hold; the factor is cut into two halves.
  const auto high = value.nano * (factor >> 20), low = value.nano * (factor & 0xfffff);
  constexpr std::uint64_t billion = 1'000'000'000;
  const auto high_rest = high % billion;
  const auto rest = (high_rest << 20) + low;
  if (rest % billion != 0) return std::nullopt;
  const auto part = ((high / billion) << 20) + rest / billion;
  if (whole > most - part) return std::nullopt;
  return whole + part;
}

std::string with_unit(std::uint64_t value, const unit& u) {
  return std::to_string(value / u.factor) + std::string(u.name);
}

} // namespace

std::optional<std::uint64_t> parse_size_bytes(std::string_view text) {
  const auto value = take_decimal(text);
  if (!value) return std::nullopt;
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  if (text.empty()) return scaled(*value, 1);
  const auto* u = take_unit(size_units, text);
  if (!u || !text.empty()) return std::nullopt;
  return scaled(*value, u->factor);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds{0};
  if (text.empty()) return std::nullopt;
  // A century: far more than anybody waits, far less than what overflows when added to a clock in nanoseconds.
  constexpr std::uint64_t most = 100ull * 365 * 86'400'000;
  std::uint64_t sum = 0;
  auto last_factor = std::numeric_limits<std::uint64_t>::max();
  while (!text.empty()) {
    const auto value = take_decimal(text);
    if (!value) return std::nullopt;
    const auto* u = take_unit(time_units, text);
    if (!u || u->factor >= last_factor) return std::nullopt; // from the largest to the smallest, each once
    last_factor = u->factor;
    const auto part = scaled(*value, u->factor);
    if (!part || *part > most - sum) return std::nullopt;
    sum += *part;
  }
  return std::chrono::milliseconds{static_cast<std::int64_t>(sum)};
}

std::optional<std::int64_t> parse_nano(std::string_view text) {
  const auto value = take_decimal(text);
  if (!value || !text.empty()) return std::nullopt;
  const auto nano = scaled(*value, 1'000'000'000);
  if (!nano) return std::nullopt;
  return static_cast<std::int64_t>(*nano);
}

std::optional<core::wall_time> parse_time(std::string_view text) {
  // Fixed widths: YYYY-MM-DD, then nothing or Thh:mm[:ss[.ffffff]]Z, the fraction as long as it likes.
  const auto number = [&](std::size_t at, std::size_t width) -> int {
    if (at + width > text.size()) return -1;
    int value = 0;
    for (const char c : text.substr(at, width)) {
      if (c < '0' || c > '9') return -1;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const auto is = [&](std::size_t at, char c) { return at < text.size() && text[at] == c; };
  const auto year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 0 || month < 0 || day < 0 || !is(4, '-') || !is(7, '-')) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  core::wall_time time{std::chrono::sys_days{date}};
  if (text.size() == 10) return time;
  const bool with_seconds = is(16, ':');
  const auto hour = number(11, 2), minute = number(14, 2), second = with_seconds ? number(17, 2) : 0;
  std::size_t end = with_seconds ? 19 : 16;
  std::int64_t fraction_us = 0;
  if (with_seconds && is(end, '.')) {
    std::int64_t unit = 100'000;
    for (++end; number(end, 1) >= 0; ++end, unit /= 10)
      fraction_us += number(end, 1) * unit;
    if (is(end - 1, '.')) return std::nullopt;
  }
  if ((!is(10, 'T') && !is(10, ' ')) || !is(13, ':') || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 59)
    return std::nullopt;
  if (text.size() != end && !(is(end, 'Z') && text.size() == end + 1)) return std::nullopt;
  return time + std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second} +
         std::chrono::microseconds{fraction_us};
}

std::string size_text(std::uint64_t bytes) {
  for (const std::size_t i : {3, 2, 1, 0})
    if (bytes != 0 && bytes % size_units[i].factor == 0) return with_unit(bytes, size_units[i]);
  return std::to_string(bytes);
}

std::string duration_text(std::chrono::milliseconds duration) {
  const auto ms = static_cast<std::uint64_t>(duration.count());
  for (const std::size_t i : {2, 3, 4}) // hours and minutes from ten up: 300s reads better than 5m
    if (ms != 0 && ms % time_units[i].factor == 0 && (ms / time_units[i].factor >= 10 || i == 4))
      return with_unit(ms, time_units[i]);
  return std::to_string(ms) + "ms";
}

std::string nano_text(std::int64_t nano) {
  auto digits = std::to_string(nano % 1'000'000'000);
  digits.insert(0, 9 - digits.size(), '0');
  digits.erase(digits.find_last_not_of('0') + 1);
  return std::to_string(nano / 1'000'000'000) + (digits.empty() ? "" : "." + digits);
}

} // namespace logos::config
