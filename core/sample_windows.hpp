// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>

/// How long texts are estimated by parts of them, wherever that is done.
namespace logos::core {

/// Of a text that is longer than `sampled_bytes`, windows of this many bytes are looked at, spread evenly over it.
inline constexpr std::size_t sample_window = 512;
/// As much of a text is looked at, at most.
inline constexpr std::size_t sampled_bytes = 16 * 1024;

} // namespace logos::core
