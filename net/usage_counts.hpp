// SPDX-License-Identifier: MIT
#pragma once
#include "net/usage_facts.hpp"

#include <simdjson.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

/// How counts of usage objects are read, whoever's these are. For the files that read them.
namespace logos::net::counts {

/// No request uses as many tokens: a body of 32 MiB has less than a hundredth of it, and a thousand tokens a second
/// make as many in fifty days. Messages between nodes have 32 bits for a count, too.
inline constexpr std::int64_t most_tokens = 0xffff'ffff;
/// As `total_tokens` of what is not `seen`: the answer had a count in it that cannot be, so that none of its counts is
/// believed, whatever comes later.
inline constexpr std::int64_t refused = -1;

inline void refuse(usage& into) {
  into = {.total_tokens = refused, .told_milliseconds = into.told_milliseconds, .own = std::move(into.own)};
}

/// Whether a count is none that is negative, absurd, a text or a part of a token. Null is said of what was not counted.
inline bool is_sound(const simdjson::dom::element& count) {
  double real = 0;
  if (count.is_null()) return true;
  return count.get(real) == simdjson::SUCCESS && real >= 0 && real <= static_cast<double>(most_tokens) &&
         std::floor(real) == real;
}

/// A count that is known to be sound.
inline std::optional<std::int64_t> count_of(const simdjson::dom::element& element) {
  double real = 0; // some servers send 12.0
  return element.get(real) == simdjson::SUCCESS ? std::optional{static_cast<std::int64_t>(real)} : std::nullopt;
}

/// Reads Google's `usageMetadata`, as `read_usage_object` reads others'. False where it counts nothing.
bool read_metadata(const simdjson::dom::object& object, usage& into, bool* counts_answer);

} // namespace logos::net::counts
