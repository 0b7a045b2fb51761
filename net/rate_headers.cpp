// SPDX-License-Identifier: MIT
#include "net/rate_headers.hpp"

#include "net/header_policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace logos::net {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t longest_us = 366LL * 24 * 3600 * second_us;
constexpr std::int64_t most = 1'000'000'000'000'000; // of requests or tokens: keeps sums within their type

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// `name` in any case begins with `prefix`, which is then taken off.
bool take_prefix(std::string_view& name, std::string_view prefix) {
  if (name.size() < prefix.size() || !equal_names(name.substr(0, prefix.size()), prefix)) return false;
  name.remove_prefix(prefix.size());
  return true;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && blank(text.back()))
    text.remove_suffix(1);
  return text;
}

/// A whole number, not negative.
std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n < 0 || n > most || text.front() == '-')
    return std::nullopt;
  return n;
}

/// Digits, perhaps with a fraction, taken off the front: in millionths.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t n = 0;
  std::size_t at = 0;
  const auto digit = [&] { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  for (; digit(); ++at) {
    if (n > most) return std::nullopt;
    n = n * 10 + (text[at] - '0');
  }
  if (at == 0 || n > 9'000'000'000'000) return std::nullopt;
  n *= second_us;
  if (at < text.size() && text[at] == '.') {
    ++at;
    for (std::int64_t unit = second_us / 10; digit(); ++at, unit /= 10)
      n += (text[at] - '0') * unit;
  }
  text.remove_prefix(at);
  return n;
}

/// The length of a unit in microseconds, taken off the front; 0 if there is none.
std::int64_t take_unit(std::string_view& text) {
  struct unit {
    std::string_view name;
    std::int64_t us;
  };
  // Longer names first: `ms` is not `m`.
  static constexpr std::array<unit, 7> units{{{"ms", 1000},
                                              {"us", 1},
                                              {"\xc2\xb5s", 1},
                                              {"s", second_us},
                                              {"m", 60 * second_us},
                                              {"h", 3600 * second_us},
                                              {"d", 24 * 3600 * second_us}}};
  for (const auto& u : units)
    if (text.starts_with(u.name)) {
      text.remove_prefix(u.name.size());
      return u.us;
    }
  return 0;
}

/// `6m0s` as Go writes it; a lone number is seconds.
std::optional<std::int64_t> read_duration(std::string_view text) {
  std::int64_t sum = 0;
  for (bool first = true; first || !text.empty(); first = false) {
    const auto n = take_number(text);
    if (!n) return std::nullopt;
    auto unit = take_unit(text);
    if (unit == 0) {
      if (!first || !text.empty()) return std::nullopt;
      unit = second_us;
    }
    const auto part = static_cast<double>(*n) / second_us * static_cast<double>(unit);
    if (part > static_cast<double>(longest_us)) return std::nullopt;
    sum += static_cast<std::int64_t>(part + 0.5);
    if (sum > longest_us) return std::nullopt;
  }
  return sum;
}

/// A number of exactly so many digits at a place.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int n = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    n = n * 10 + (text[i] - '0');
  }
  return n;
}

/// `2026-01-27T12:00:30Z`, with a fraction or an offset if there is one: microseconds since 1970.
std::optional<std::int64_t> read_rfc3339(std::string_view text) {
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || lower(text[10]) != 't' || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  auto us = ((days * 24 + *hour) * 60 + *minute) * 60 * second_us + *second * second_us;
  auto rest = text.substr(19);
  if (rest.starts_with('.')) {
    std::size_t at = 1;
    for (std::int64_t unit = second_us / 10; at < rest.size() && rest[at] >= '0' && rest[at] <= '9'; ++at, unit /= 10)
      us += (rest[at] - '0') * unit;
    if (at == 1) return std::nullopt;
    rest.remove_prefix(at);
  }
  if (rest.size() == 1 && lower(rest.front()) == 'z') return us;
  const auto off_hour = digits(rest, 1, 2), off_minute = digits(rest, 4, 2);
  if (rest.size() != 6 || rest[3] != ':' || !off_hour || !off_minute) return std::nullopt;
  if (rest.front() != '+' && rest.front() != '-') return std::nullopt;
  const auto offset = (*off_hour * 60LL + *off_minute) * 60 * second_us;
  return rest.front() == '+' ? us - offset : us + offset;
}

/// From one of the words that end the names of OpenAI's headers, or stand last in Anthropic's.
void take(core::quota_word& into, std::string_view what, std::string_view value, core::wall_time now) {
  if (equal_names(what, "limit"))
    into.limit = whole(value).value_or(-1);
  else if (equal_names(what, "remaining"))
    into.remaining = whole(value).value_or(-1);
  else if (equal_names(what, "reset"))
    into.reset_us = read_reset(value, now).value_or(-1);
}

/// `limit-requests` and the like.
void take_openai(core::rate_word& into, std::string_view name, std::string_view value, core::wall_time now) {
  const auto dash = name.find('-');
  if (dash == std::string_view::npos) return;
  const auto of = name.substr(dash + 1);
  if (equal_names(of, "requests"))
    take(into.requests, name.substr(0, dash), value, now);
  else if (equal_names(of, "tokens"))
    take(into.tokens, name.substr(0, dash), value, now);
}

/// `requests-limit` and the like. `tokens` is of the tightest limit; where it is missing, prompts have one of their
/// own.
void take_anthropic(core::rate_word& into, core::quota_word& input, std::string_view name, std::string_view value,
                    core::wall_time now) {
  if (take_prefix(name, "requests-"))
    take(into.requests, name, value, now);
  else if (take_prefix(name, "tokens-"))
    take(into.tokens, name, value, now);
  else if (take_prefix(name, "input-tokens-"))
    take(input, name, value, now);
}

} // namespace

std::optional<std::int64_t> read_reset(std::string_view text, core::wall_time now) {
  text = trimmed(text);
  constexpr std::int64_t since_2001_s = 1'000'000'000; // seconds: no duration has so many
  const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  std::optional<std::int64_t> us;
  if (const auto point = read_rfc3339(text)) {
    us = *point - now_us;
  } else if (const auto number = whole(text); number && *number >= since_2001_s) {
    us = (*number >= since_2001_s * 1000 ? *number * 1000 : *number * second_us) - now_us;
  } else {
    us = read_duration(text);
  }
  if (!us || *us > longest_us) return std::nullopt;
  return std::max<std::int64_t>(*us, 0);
}

core::rate_word read_rate_headers(std::span<const header_view> headers, core::wall_time now) {
  core::rate_word word;
  core::quota_word input;
  std::int64_t exact_us = -1;
  for (const auto& [full, value] : headers) {
    // Most answers have none of these: the first letter and the length tell.
    if (full.size() < 11) continue;
    const char first = lower(full.front());
    auto name = full;
    if (first == 'x' && take_prefix(name, "x-ratelimit-")) {
      take_openai(word, name, trimmed(value), now);
    } else if (first == 'a' && take_prefix(name, "anthropic-ratelimit-")) {
      take_anthropic(word, input, name, trimmed(value), now);
    } else if (first == 'r' && take_prefix(name, "retry-after")) {
      const auto text = trimmed(value);
      if (name.empty()) {
        word.pause_us = read_reset(text, now).value_or(-1);
      } else if (equal_names(name, "-ms")) {
        if (const auto ms = whole(text); ms && *ms <= longest_us / 1000) exact_us = *ms * 1000;
      }
    }
  }
  if (exact_us >= 0) word.pause_us = exact_us;
  if (word.tokens.remaining < 0) word.tokens = input;
  return word;
}

bool forbids_retry(std::span<const header_view> headers) {
  return std::any_of(headers.begin(), headers.end(), [](const header_view& h) {
    return h.name.size() == 14 && equal_names(h.name, "x-should-retry") && equal_names(trimmed(h.value), "false");
  });
}

} // namespace logos::net
