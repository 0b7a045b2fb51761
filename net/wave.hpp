// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace logos::net {

/// The most that a WAVE file can last, in milliseconds: as if all of it were samples, rounded up to whole seconds, as
/// providers round. Looks at the chunks before the samples only. Nothing when it is anything else, or when its length
/// does not follow from its size (compressed samples).
std::optional<std::int64_t> length_of_wave(std::string_view file);

} // namespace logos::net
