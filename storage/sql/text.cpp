// SPDX-License-Identifier: MIT
#include "storage/sql/text.hpp"

#include "core/error.hpp"
#include "core/money.hpp"

#include <cstring>

namespace logos::storage::sql {
namespace {

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// The length of the UTF-8 sequence at the start of `text`; 0 when it is none, or a NUL.
std::size_t sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

/// Whether eight bytes are ASCII without NUL.
bool plain(const char* eight) {
  std::uint64_t word;
  std::memcpy(&word, eight, 8);
  const bool high = word & 0x8080808080808080u;
  const bool zero = (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
  return !high && !zero;
}

/// Skips eight plain bytes at a time, the last eight overlapping those before.
std::size_t plain_prefix(std::string_view text) {
  std::size_t i = 0;
  while (i + 8 <= text.size() && plain(text.data() + i))
    i += 8;
  const bool only_tail_left = text.size() >= 8 && text.size() - i < 8;
  return only_tail_left && plain(text.data() + text.size() - 8) ? text.size() : i;
}

} // namespace

std::optional<core::wall_time> parse_time(std::string_view text) {
  using namespace std::chrono;
  const auto y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
  const auto h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
  if (!y || !mo || !d || !h || !mi || !s) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  std::int64_t fraction = 0;
  if (text.size() > 20 && text[19] == '.') {
    std::int64_t unit = 100'000;
    for (std::size_t i = 20; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10)
      fraction += (text[i] - '0') * unit;
  }
  return core::wall_time{sys_days{date}.time_since_epoch() + hours{*h} + minutes{*mi} + seconds{*s} +
                         microseconds{fraction}};
}

double parse_real(std::string_view text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

core::key_hash parse_hash(std::string_view hex) {
  core::key_hash hash{};
  for (std::size_t i = 0; i < hash.size() && 2 * i + 2 <= hex.size(); ++i)
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, hash[i], 16);
  return hash;
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

std::string join_numbers(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> lines;
  for (const auto n : numbers)
    lines.push_back(std::to_string(n));
  return join_lines(lines);
}

std::vector<std::int64_t> split_numbers(std::string_view text) {
  std::vector<std::int64_t> numbers;
  for (const auto& line : split_lines(text))
    numbers.push_back(parse_integer(line));
  return numbers;
}

std::string redact_address(std::string_view address) {
  const auto scheme = address.find("://");
  if (scheme == address.npos) return "…";
  const auto host = scheme + 3, end = std::min(address.find_first_of("/?#", host), address.size());
  const auto user = address.substr(host, end - host).rfind('@');
  const auto from = user == address.npos ? host : host + user + 1;
  return std::string{address.substr(0, host)}.append(address.substr(from, end - from)).append("/…");
}

bool storable(std::string_view text) {
  text.remove_prefix(plain_prefix(text));
  while (!text.empty()) {
    const auto length = sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string made_storable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  while (!text.empty()) {
    const auto length = sequence(text);
    if (length == 0)
      out += "\xEF\xBF\xBD";
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

bool looks_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && (text[first] == '{' || text[first] == '[') && text.find("\\u0000") == text.npos &&
         storable(text);
}

std::string as_json(std::string_view text) {
  if (looks_like_json(text)) return std::string{text};
  return core::json_string(made_storable(text));
}

std::int64_t money_of(std::string_view units, std::string_view nanos) {
  __extension__ using wide = __int128;
  using limits = std::numeric_limits<std::int64_t>;
  const auto sum = wide{parse_integer(units)} * core::nano_per_unit + parse_integer(nanos);
  if (sum > limits::max()) return limits::max();
  return sum < limits::min() ? limits::min() : static_cast<std::int64_t>(sum);
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

std::string bytes_of(std::string_view hex) {
  const auto digit = [](char c) {
    return static_cast<unsigned>(c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0);
  };
  std::string out;
  out.reserve(hex.size() / 2);
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(digit(hex[i]) << 4U | digit(hex[i + 1]));
  return out;
}

} // namespace logos::storage::sql
