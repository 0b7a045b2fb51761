// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <string_view>

namespace logos::checks {

/// Behind so many bytes of text, what its beginning is can be told.
inline constexpr std::size_t beginning_bytes = 240;

/// Whether a text begins by declining: in English, German, French, Spanish, Italian, Portuguese or Dutch, with or
/// without an apology before it. A phrase counts only at the very beginning and only with a verb of helping behind it
/// ("I can't help with that", not "I can't wait"), so that an answer which talks of refusals is none.
bool begins_with_refusal(std::string_view text);

} // namespace logos::checks
