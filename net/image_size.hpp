// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace logos::net {

/// In pixels.
struct image_size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool operator==(const image_size&) const = default;
};

/// The size that the head of a PNG, JPEG or WebP names, read from its base64 as it stands in a JSON string. Decodes
/// some dozens of bytes and no picture. Nothing when it is anything else (of a GIF, each frame may be larger than its
/// head says), is broken, or is spelled with escapes.
std::optional<image_size> read_image_size(std::string_view base64);

} // namespace logos::net
