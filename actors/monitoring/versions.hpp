// SPDX-License-Identifier: MIT
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a server's version tells of it. Pure.
namespace logos::monitoring {

/// A version's numbers ("0.11.4-rc1" → 0, 11, 4); nothing if it does not begin with a number. Missing ones are 0.
struct version_number {
  unsigned major = 0, minor = 0, patch = 0;
  auto operator<=>(const version_number&) const = default;
};
std::optional<version_number> parse_version_number(std::string_view text);

/// How many requests an Ollama of this version serves at a time of each model if nobody has set OLLAMA_NUM_PARALLEL:
/// one before 0.2 and from 0.10 on, two from 0.6.7 on where memory allows; 0: not known, because it goes by the memory
/// that is free (4 or 1), or the version is strange. One that was built by hand (0.0.0) is a new one.
std::uint32_t usual_slots_of_ollama(std::string_view version);

/// What an operator should know of an Ollama of this version; empty if nothing.
std::string remark_on_ollama(std::string_view version);

} // namespace logos::monitoring
