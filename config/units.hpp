// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Quantities as people write them in a file. Each parser takes the whole text or nothing, and never overflows.
namespace logos::config {

/// `32MiB`, `64 KiB`, `1GB` (powers of 1000), plain bytes.
std::optional<std::uint64_t> parse_size_bytes(std::string_view text);
/// `500ms`, `300s`, `30m`, `1h30m`, `2d`, `1.5s`; a number alone only where it is 0.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// `0.0002` as nano-units, exactly: more than nine decimals are refused. Not negative.
std::optional<std::int64_t> parse_nano(std::string_view text);
/// `2026-01-01` (midnight) or `2026-01-01T12:00:00.5Z`; always UTC, to the microsecond.
std::optional<core::wall_time> parse_time(std::string_view text);

/// The shortest exact form that the parser above takes back.
std::string size_text(std::uint64_t bytes);
std::string duration_text(std::chrono::milliseconds duration);
std::string nano_text(std::int64_t nano);

} // namespace logos::config
