// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace logos::net {

/// Shorter ones are words that stand anywhere: nothing is masked for them.
inline constexpr std::size_t shortest_masked_secret = 8;

/// Overwrites every occurrence of `secret` with as many stars, so that lengths stay and JSON stays JSON.
void mask_secret(std::string& text, std::string_view secret);

/// How many bytes at the end of `text` may be the first ones of `word`, which is not whole there.
std::size_t begun_at_end(std::string_view text, std::string_view word);

} // namespace logos::net
