// SPDX-License-Identifier: MIT
// RIFF WAVE as Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" describes it.
#include "net/wave.hpp"

#include <algorithm>

namespace logos::net {
namespace {

constexpr std::size_t riff_bytes = 12, chunk_head_bytes = 8, format_bytes = 16;
constexpr int most_chunks = 64;
constexpr std::uint32_t pcm = 1, ieee_float = 3, a_law = 6, mu_law = 7;

/// Little-endian; there must be as many bytes.
std::uint32_t number(std::string_view text, std::size_t at, std::size_t bytes) {
  std::uint32_t out = 0;
  for (std::size_t i = bytes; i-- > 0;)
    out = out << 8 | static_cast<unsigned char>(text[at + i]);
  return out;
}

/// Of samples that all have the same size; else nothing.
std::optional<std::uint64_t> bytes_per_second(std::string_view format) {
  const auto tag = number(format, 0, 2);
  if (tag != pcm && tag != ieee_float && tag != a_law && tag != mu_law) return std::nullopt;
  const auto channels = number(format, 2, 2), rate = number(format, 4, 4), bits = number(format, 14, 2);
  // Which of the two a decoder goes by is its own affair: the smaller one makes the longer sound.
  const auto frame = std::min<std::uint64_t>(number(format, 12, 2), std::uint64_t{channels} * ((bits + 7) / 8));
  if (frame == 0 || rate == 0) return std::nullopt;
  return frame * rate;
}

} // namespace

std::optional<std::int64_t> length_of_wave(std::string_view file) {
  if (file.size() < riff_bytes || !file.starts_with("RIFF") || file.substr(8, 4) != "WAVE") return std::nullopt;
  std::optional<std::uint64_t> per_second;
  auto at = riff_bytes;
  for (int chunks = 0; chunks < most_chunks && file.size() - at >= chunk_head_bytes; ++chunks) {
    const auto name = file.substr(at, 4);
    const std::size_t bytes = number(file, at + 4, 4);
    at += chunk_head_bytes;
    if (name == "data") {
      if (!per_second) return std::nullopt;
      const auto seconds = (file.size() + *per_second - 1) / *per_second;
      return static_cast<std::int64_t>(seconds) * 1000;
    }
    if (bytes > file.size() - at) return std::nullopt;
    if (name == "fmt ") {
      if (per_second || bytes < format_bytes) return std::nullopt;
      per_second = bytes_per_second(file.substr(at, bytes));
      if (!per_second) return std::nullopt;
    }
    at = std::min(at + bytes + bytes % 2, file.size());
  }
  return std::nullopt;
}

} // namespace logos::net
