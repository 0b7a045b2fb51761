// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/vocabulary.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Policies inside a model's name: `logos-v1__policy_privacy=CLOUD_IN_EU_BY_EU_PROVIDER_cost=5`.
///
///     name    = "logos-v" version *( "__" segment )
///     version = *( letter / digit / "." )
///     segment = [ text ] "policy_" pair *( "_" pair )  /  pair
///     pair    = key "=" value
///
/// A `_` parts two pairs only when a further `=` follows before the next `_`, so that values may have underscores; a
/// `__` always ends a segment. Pairs may also stand in segments of their own, as the first Logos' documents had it.
/// What stands where it would be passed over (a version, the text, a topic, a key or value that is no policy's) may not
/// look like a pair: whoever mistypes what parts two pairs hears of it, and does not lose the privacy they asked for.
namespace logos::classification {

/// The lowest and the highest threshold: whatever the lowest or the highest weight is among the models at hand.
inline constexpr std::int32_t lowest_weight = -1024;
inline constexpr std::int32_t highest_weight = 1024;

/// What such a name asks for. What it does not mention is left to the policies that hold anyway.
struct wish {
  std::string version{};
  bool by_default = true; // key `default`; false: the name has to say something itself
  std::optional<core::privacy_level> privacy{};
  std::optional<std::int32_t> latency{};
  std::optional<std::int32_t> accuracy{};
  std::optional<std::int32_t> cost{};
  std::optional<std::int32_t> quality{};
  std::optional<core::priority> priority{};
  std::string topic{};
  std::string policy{}; // id or name of a further one, as in the header of that name
  bool operator==(const wish&) const = default;
};

/// What is wrong with a name, and where.
struct name_problem {
  std::size_t position = 0; // of the character, from 1
  std::string message;      // a sentence without its full stop
};

/// Whether a name asks for a choice: it begins with `logos-v` and goes on with a number, a segment or not at all.
bool asks_for_choice(std::string_view model);
/// Reads a name that asks for a choice. A key that is given twice is refused, at its second place. Keys outside a
/// policy that are no policy's are left out, as the first Logos did, unless one that was mistyped may stand in them.
boost::system::result<wish, name_problem> parse_logos_v(std::string_view model);
/// The problem as an answer for the client.
core::failure refusal_of(std::string_view model, const name_problem& problem);

} // namespace logos::classification
