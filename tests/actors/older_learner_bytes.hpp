// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string>

namespace logos::tests {

/// A learner's bytes as version 3 had them, which differ in what their times count: what is microseconds here reads as
/// steps of forgetting.
inline std::string as_version_3(std::string bytes) {
  constexpr std::size_t version_at = 4, checksum_bytes = 8;
  bytes[version_at] = 3;
  bytes.resize(bytes.size() - checksum_bytes);
  std::uint64_t h = 14695981039346656037ULL;
  for (const char c : bytes)
    h = (h ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  for (std::size_t i = 0; i < checksum_bytes; ++i)
    bytes += static_cast<char>(h >> (8 * i));
  return bytes;
}

} // namespace logos::tests
