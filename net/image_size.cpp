// SPDX-License-Identifier: MIT
#include "net/image_size.hpp"

#include <array>

namespace logos::net {
namespace {

/// More segments than an image has before its frame: comments, profiles, previews.
constexpr int most_segments = 256;

constexpr std::uint8_t not_base64 = 64;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(not_base64);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}

/// Bytes behind base64, each decoded when it is asked for. What is not there is 0, and remembered.
class bytes {
public:
  explicit bytes(std::string_view base64) : text_{base64} {}

  bool broken() const { return broken_; }
  std::uint32_t at(std::size_t i) {
    static constexpr auto values = make_values();
    const auto group = i / 3 * 4, shift = 16 - 8 * (i % 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const auto place = group + k;
      const auto value = place < text_.size() ? values[static_cast<unsigned char>(text_[place])] : not_base64;
      // Padding ends the last group; bytes before it are whole.
      if (value == not_base64 && k < 2 + i % 3) broken_ = true;
      bits = bits << 6 | (value & 63U);
    }
    return bits >> shift & 0xFFU;
  }
  std::uint32_t big(std::size_t i, std::size_t n) {
    std::uint32_t value = 0;
    for (std::size_t k = 0; k < n; ++k)
      value = value << 8 | at(i + k);
    return value;
  }
  std::uint32_t little(std::size_t i, std::size_t n) {
    std::uint32_t value = 0;
    for (std::size_t k = n; k-- > 0;)
      value = value << 8 | at(i + k);
    return value;
  }
  bool has(std::size_t i, std::string_view text) {
    for (std::size_t k = 0; k < text.size(); ++k)
      if (at(i + k) != static_cast<unsigned char>(text[k])) return false;
    return true;
  }

private:
  std::string_view text_;
  bool broken_ = false;
};

image_size of_png(bytes& in) { return {in.big(16, 4), in.big(20, 4)}; }

image_size of_jpeg(bytes& in) {
  std::size_t at = 2;
  for (int segment = 0; segment < most_segments && !in.broken(); ++segment) {
    const auto marker = in.at(at + 1);
    if (in.at(at) != 0xFF) return {};
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return {in.big(at + 7, 2), in.big(at + 5, 2)};
    // The picture itself has begun, or something that no encoder writes before it.
    if (marker < 0xC4 || marker == 0xD9 || marker == 0xDA || marker == 0xFF || (marker >= 0xD0 && marker <= 0xD8))
      return {};
    const auto length = in.big(at + 2, 2);
    if (length < 2) return {};
    at += 2 + length;
  }
  return {};
}

image_size of_webp(bytes& in) {
  constexpr std::uint32_t low_14_bits = 0x3FFF;
  if (in.has(12, "VP8X")) return {in.little(24, 3) + 1, in.little(27, 3) + 1};
  if (in.has(12, "VP8L") && in.at(20) == 0x2F) {
    const auto bits = in.little(21, 4);
    return {(bits & low_14_bits) + 1, (bits >> 14 & low_14_bits) + 1};
  }
  if (in.has(12, "VP8 ") && in.has(23, "\x9D\x01\x2A"))
    return {in.little(26, 2) & low_14_bits, in.little(28, 2) & low_14_bits};
  return {};
}

} // namespace

std::optional<image_size> read_image_size(std::string_view base64) {
  bytes in{base64};
  image_size found;
  if (in.has(0, "\x89PNG\r\n\x1A\n") && in.has(12, "IHDR"))
    found = of_png(in);
  else if (in.has(0, "\xFF\xD8\xFF"))
    found = of_jpeg(in);
  else if (in.has(0, "RIFF") && in.has(8, "WEBP"))
    found = of_webp(in);
  if (in.broken() || found.width == 0 || found.height == 0) return std::nullopt;
  return found;
}

} // namespace logos::net
