// SPDX-License-Identifier: MIT
#pragma once
#include "core/rate_word.hpp"
#include "core/time.hpp"
#include "net/header_view.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace logos::net {

/// What an answer's headers say of its provider's rate limits: OpenAI's and Azure's `x-ratelimit-…`, Anthropic's
/// `anthropic-ratelimit-…`, `retry-after` and `retry-after-ms`. What cannot be understood counts as not said. `now`
/// turns points in time into durations.
core::rate_word read_rate_headers(std::span<const header_view> headers, core::wall_time now);

/// The provider says that asking again is of no use: `x-should-retry: false`, which OpenAI's and Anthropic's clients
/// heed.
bool forbids_retry(std::span<const header_view> headers);

/// Reads a time as rate limits have it, in microseconds from `now`: `6m0s`, `1s`, `20ms`, `1d2h`, seconds (`0.5`), or a
/// point in time (RFC 3339, or seconds or milliseconds since 1970). Nothing if it is none of them, or more than a year.
std::optional<std::int64_t> read_reset(std::string_view text, core::wall_time now);

} // namespace logos::net
