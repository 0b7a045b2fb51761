// SPDX-License-Identifier: MIT
#pragma once
#include "storage/alerts.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a receiver gets, and how often it is tried. Pure.
namespace logos::alerting {

/// The JSON that is sent: the same at each attempt, but for what its budget says now.
std::string body_of(const storage::due_alert& alert);
/// The value of `x-logos-signature`: `t=<seconds since 1970>,v1=<hex HMAC-SHA-256 of "t.body">`.
std::string signature_of(std::string_view secret, std::chrono::sys_seconds t, std::string_view body);

/// How long to wait after the `attempts`th attempt (1: the first) before the next; nothing: enough is enough, a day has
/// gone by. It doubles from two seconds to an hour. `chance` of 0 to 1 spreads it, so that receivers which failed
/// together are not asked together again.
std::optional<std::chrono::milliseconds> pause_after(std::int64_t attempts, double chance);

} // namespace logos::alerting
