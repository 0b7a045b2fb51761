// SPDX-License-Identifier: MIT
#include "core/name_text.hpp"

#include "core/utf8.hpp"

#include <cstdint>

namespace logos::core {
namespace {

constexpr std::size_t longest_name = 256;

/// The code point at the start of `text`, whose sequence has `length` bytes.
std::uint32_t code_point(std::string_view text, std::size_t length) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  if (length == 1) return byte(0);
  auto out = byte(0) & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    out = out << 6 | (byte(i) & 0x3f);
  return out;
}

constexpr bool within(std::uint32_t c, std::uint32_t first, std::uint32_t last) { return c >= first && c <= last; }

bool is_blank(std::uint32_t c) {
  return within(c, 0x09, 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0xad || c == 0x1680 ||
         within(c, 0x2000, 0x200f) || within(c, 0x2028, 0x202f) || within(c, 0x205f, 0x2064) || c == 0x3000 ||
         c == 0xfeff;
}

/// Also line ends and what turns the direction of writing: they make one name look like another.
bool is_control(std::uint32_t c) {
  return c < 0x20 || within(c, 0x7f, 0x9f) || within(c, 0x2028, 0x202e) || within(c, 0x2066, 0x2069);
}

std::uint32_t lower(std::uint32_t c) {
  if (within(c, 'A', 'Z') || (within(c, 0xc0, 0xde) && c != 0xd7)) return c + 0x20;
  if (c < 0x100) return c;
  // Pairs of a capital and its small letter.
  if (within(c, 0x100, 0x12f) || within(c, 0x132, 0x137) || within(c, 0x14a, 0x177)) return c | 1;
  if (within(c, 0x139, 0x148) || within(c, 0x179, 0x17e)) return c + (c & 1);
  if (c == 0x178) return 0xff;
  if (c == 0x386) return 0x3ac;
  if (within(c, 0x388, 0x38a)) return c + 0x25;
  if (c == 0x38c) return 0x3cc;
  if (within(c, 0x38e, 0x38f)) return c + 0x3f;
  if (within(c, 0x391, 0x3ab)) return c + 0x20;
  if (c == 0x3c2) return 0x3c3; // the sigma at a word's end
  if (within(c, 0x410, 0x42f)) return c + 0x20;
  if (within(c, 0x400, 0x40f)) return c + 0x50;
  if (within(c, 0x460, 0x481) || within(c, 0x48a, 0x4bf) || within(c, 0x4d0, 0x52f)) return c | 1;
  if (c == 0x1e9e) return 0xdf;
  if (within(c, 0x1e00, 0x1e95) || within(c, 0x1ea0, 0x1eff)) return c | 1;
  if (within(c, 0xff21, 0xff3a)) return c + 0x20;
  return c;
}

void append(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xe0 | c >> 12);
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3f));
    }
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

} // namespace

std::size_t blank_length(std::string_view text) {
  const auto length = utf8_length(text);
  return length != 0 && is_blank(code_point(text, length)) ? length : 0;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > longest_name || blank_length(text) != 0) return false;
  bool blank = false;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    const auto c = code_point(text, length);
    if (is_control(c)) return false;
    blank = is_blank(c);
    text.remove_prefix(length);
  }
  return !blank;
}

failure check_name(std::string_view field, std::string_view text) {
  if (is_name(text)) return {};
  auto shown = json_string(text);
  shown = shown.size() <= 60 ? " " + shown : std::string{};
  return {ec::bad_field,
          "'" + std::string{field} + "' must be " + std::string{name_rule} + ", not a string" + shown + ".",
          std::string{field}};
}

std::string folded_name(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t end = 0; // of what is no blank
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) {
      out += text.front();
      text.remove_prefix(1);
      end = out.size();
      continue;
    }
    const auto c = code_point(text, length);
    text.remove_prefix(length);
    const bool blank = is_blank(c);
    if (blank && out.empty()) continue;
    append(out, lower(c));
    if (!blank) end = out.size();
  }
  out.resize(end);
  return out;
}

} // namespace logos::core
