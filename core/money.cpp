// SPDX-License-Identifier: MIT
#include "core/money.hpp"

#include "core/words.hpp"

#include <algorithm>
#include <limits>

namespace logos::core {
namespace {

constexpr words<token_types> token_type_names{
    "prompt_tokens",       "completion_tokens",           "prompt_cached_tokens",    "prompt_cache_creation_tokens",
    "prompt_audio_tokens", "completion_reasoning_tokens", "completion_audio_tokens", "audio_milliseconds"};
constexpr words<5> scopes{"process", "profile", "user", "service", "model"};
constexpr words<3> limit_kinds{"requests_per_minute", "tokens_per_minute", "parallel_requests"};
constexpr words<5> periods{"hour", "day", "week", "month", "total"};

bool digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::size_t decimals = 9;

} // namespace

std::optional<nano> parse_money(std::string_view text) {
  const auto point = std::min(text.find('.'), text.size());
  const auto whole = text.substr(0, point);
  const auto part = point < text.size() ? text.substr(point + 1) : std::string_view{};
  if (whole.empty() && part.empty()) return std::nullopt;
  if (part.size() > decimals || (point < text.size() && part.empty())) return std::nullopt;
  nano sum = 0;
  const auto add = [&sum](char c) {
    return digit(c) && !__builtin_mul_overflow(sum, nano{10}, &sum) &&
           !__builtin_add_overflow(sum, nano{c - '0'}, &sum);
  };
  if (!std::all_of(whole.begin(), whole.end(), add) || !std::all_of(part.begin(), part.end(), add)) return std::nullopt;
  for (auto i = part.size(); i < decimals; ++i)
    if (!add('0')) return std::nullopt;
  return sum;
}

std::string to_decimal(nano amount) {
  // The least number has no positive twin.
  const auto magnitude =
      amount < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(amount) : static_cast<std::uint64_t>(amount);
  auto text = (amount < 0 ? "-" : "") + std::to_string(magnitude / nano_per_unit);
  if (const auto rest = magnitude % nano_per_unit; rest != 0) {
    auto part = std::to_string(rest);
    part.insert(0, decimals - part.size(), '0');
    part.erase(part.find_last_not_of('0') + 1);
    text += "." + part;
  }
  return text;
}

nano times(nano amount, nano rate) {
  __extension__ using wide = __int128;
  const auto product = wide{amount} * rate;
  auto whole = product / nano_per_unit;
  const auto rest = product % nano_per_unit;
  if (rest > nano_per_unit / 2 || (rest == nano_per_unit / 2 && whole % 2 != 0)) ++whole;
  return static_cast<nano>(std::min<wide>(whole, std::numeric_limits<nano>::max()));
}

std::string_view to_string(token_type x) { return word_of(token_type_names, x); }
std::string_view to_string(scope x) { return word_of(scopes, x); }
std::string_view to_string(limit_kind x) { return word_of(limit_kinds, x); }
std::string_view to_string(budget_period x) { return word_of(periods, x); }

std::optional<token_type> parse_token_type(std::string_view s) { return parse_word<token_type>(token_type_names, s); }
std::optional<scope> parse_scope(std::string_view s) { return parse_word<scope>(scopes, s); }
std::optional<limit_kind> parse_limit_kind(std::string_view s) { return parse_word<limit_kind>(limit_kinds, s); }
std::optional<budget_period> parse_budget_period(std::string_view s) { return parse_word<budget_period>(periods, s); }

wall_time start_of(budget_period period, wall_time t) {
  using namespace std::chrono;
  const auto day = floor<days>(t);
  switch (period) {
  case budget_period::hour: return floor<hours>(t);
  case budget_period::day: return day;
  case budget_period::week: return day - (weekday{day} - Monday);
  case budget_period::month: {
    const year_month_day date{day};
    return sys_days{date.year() / date.month() / 1};
  }
  case budget_period::total: break;
  }
  return wall_time{};
}

wall_time end_of(budget_period period, wall_time t) {
  using namespace std::chrono;
  const auto start = start_of(period, t);
  switch (period) {
  case budget_period::hour: return start + hours{1};
  case budget_period::day: return start + days{1};
  case budget_period::week: return start + weeks{1};
  case budget_period::month: {
    const year_month_day date{floor<days>(start)};
    return sys_days{(date.year() / date.month() + months{1}) / 1};
  }
  case budget_period::total: break;
  }
  return wall_time::max();
}

} // namespace logos::core
