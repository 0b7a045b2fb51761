// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace logos::classification {

/// How a text looks, without its words: 15 numbers from about -1 to 1. The order is part of what is stored: append
/// only, and with a new version of the learner's bytes.
using surface = std::array<float, 15>;

/// `length` is that of the whole text in bytes, of which `text` may be a part.
surface surface_of(std::string_view text, std::size_t length, std::uint32_t turns);

} // namespace logos::classification
