// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Money, and the words of whom and what it is held against.
namespace logos::core {

/// Money in nano-units: 10⁻⁹ of the installation's one currency.
using nano = std::int64_t;
inline constexpr nano nano_per_unit = 1'000'000'000;

/// `12`, `0.50`, `.000000001`: exactly, with at most nine decimals. Nothing when it is anything else or does not fit.
std::optional<nano> parse_money(std::string_view decimal);
/// The shortest decimal that reads back as the same: `0.5`, `12`, `-0.000000001`.
std::string to_decimal(nano amount);

/// `amount` of one currency in another of which `rate` is worth one unit: rounded half to even; saturates.
nano times(nano amount, nano rate);

/// What tokens are counted as. The parts of a prompt and of an answer are disjoint once they are priced. The length of
/// transcribed sound is no part of either.
enum class token_type : std::uint8_t {
  prompt,
  completion,
  prompt_cached,
  prompt_cache_creation,
  prompt_audio,
  completion_reasoning,
  completion_audio,
  audio_milliseconds
};
inline constexpr std::size_t token_types = 8;

/// How often an answer has what an operator's own token type counts; the type by its id.
struct own_count {
  std::int64_t type = 0;
  std::int64_t count = 0;
  bool operator==(const own_count&) const = default;
};

/// Whom a limit or a budget is about.
enum class scope : std::uint8_t { process, profile, user, service, model };
enum class limit_kind : std::uint8_t { requests_per_minute, tokens_per_minute, parallel_requests };
/// How long a budget's amount is for. Calendar periods in UTC; a week begins on Monday.
enum class budget_period : std::uint8_t { hour, day, week, month, total };

std::string_view to_string(token_type); // as in the table token_types: prompt_tokens, …
std::string_view to_string(scope);
std::string_view to_string(limit_kind);
std::string_view to_string(budget_period);
std::optional<token_type> parse_token_type(std::string_view);
std::optional<scope> parse_scope(std::string_view);
std::optional<limit_kind> parse_limit_kind(std::string_view);
std::optional<budget_period> parse_budget_period(std::string_view);

/// When the period that `t` lies in began; 1970 for `total`.
wall_time start_of(budget_period period, wall_time t);
/// When the next one begins; far away for `total`.
wall_time end_of(budget_period period, wall_time t);

} // namespace logos::core
