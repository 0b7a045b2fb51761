// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace logos::core {

/// What may become of a model in the memory of a provider that loads on demand, as an operator wants it: whatever
/// serves best; loaded and never thrown out; thrown out, and not loaded again.
enum class residence : std::uint8_t { automatic, pinned, drained };

std::string_view to_string(residence);
std::optional<residence> parse_residence(std::string_view);

} // namespace logos::core
