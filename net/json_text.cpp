// SPDX-License-Identifier: MIT
#include "net/json_text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace logos::net {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The value of four hex digits at `at`; -1 when they are not there.
int hex_four(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return -1;
  int value = 0;
  for (const char c : text.substr(at, 4)) {
    value <<= 4;
    if (is_digit(c))
      value |= c - '0';
    else if (c >= 'a' && c <= 'f')
      value |= c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
      value |= c - 'A' + 10;
    else
      return -1;
  }
  return value;
}

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
  } else {
    if (point < 0x10000) {
      out += static_cast<char>(0xE0 | (point >> 12));
    } else {
      out += static_cast<char>(0xF0 | (point >> 18));
      out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    }
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
  }
  out += static_cast<char>(0x80 | (point & 0x3F));
}

} // namespace

std::string_view without_trailing_space(std::string_view text) {
  while (!text.empty() && is_json_space(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_json_string(std::string_view token) {
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return false;
  token = token.substr(1, token.size() - 2);
  for (;;) {
    const auto* found = static_cast<const char*>(std::memchr(token.data(), '\\', token.size()));
    if (found == nullptr) return true;
    const auto at = static_cast<std::size_t>(found - token.data());
    if (at + 1 >= token.size()) return false;
    std::size_t length = 2;
    switch (token[at + 1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': break;
    case 'u':
      if (hex_four(token, at + 2) < 0) return false;
      length = 6;
      break;
    default: return false;
    }
    token.remove_prefix(at + length);
  }
}

bool is_json_number(std::string_view token) {
  std::size_t at = 0;
  const auto digits = [&] {
    const auto from = at;
    while (at < token.size() && is_digit(token[at]))
      ++at;
    return at != from;
  };
  if (at < token.size() && token[at] == '-') ++at;
  if (at < token.size() && token[at] == '0')
    ++at;
  else if (!digits())
    return false;
  if (at < token.size() && token[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == token.size();
}

std::string unescape(std::string_view inside) {
  std::string out;
  out.reserve(inside.size());
  unescape_onto(inside, out);
  return out;
}

void unescape_onto(std::string_view inside, std::string& out) {
  for (;;) {
    // Texts have an escape a line or so: what lies between is copied at once.
    const auto plain = std::min(inside.find('\\'), inside.size());
    out.append(inside.substr(0, plain));
    inside.remove_prefix(plain);
    if (inside.size() < 2) {
      out.append(inside);
      return;
    }
    std::size_t length = 2;
    switch (const char c = inside[1]) {
    case 'b': out += '\b'; break;
    case 'f': out += '\f'; break;
    case 'n': out += '\n'; break;
    case 'r': out += '\r'; break;
    case 't': out += '\t'; break;
    case 'u': {
      const int unit = hex_four(inside, 2);
      if (unit < 0) break;
      length = 6;
      auto point = static_cast<std::uint32_t>(unit);
      if (point >= 0xD800 && point <= 0xDFFF) {
        const bool pair = point < 0xDC00 && inside.substr(6, 2) == "\\u";
        const int low = pair ? hex_four(inside, 8) : -1;
        if (low >= 0xDC00 && low <= 0xDFFF) {
          point = 0x10000 + ((point - 0xD800) << 10) + (static_cast<std::uint32_t>(low) - 0xDC00);
          length = 12;
        } else {
          point = 0xFFFD;
        }
      }
      append_utf8(out, point);
      break;
    }
    default: out += c;
    }
    inside.remove_prefix(length);
  }
}

std::size_t end_of_string(std::string_view text, std::size_t from) {
  while (from < text.size()) {
    const auto quote = text.find('"', from);
    if (quote == std::string_view::npos) return quote;
    // The quote is escaped when an odd number of backslashes stands before it.
    auto before = quote;
    while (before > from && text[before - 1] == '\\')
      --before;
    if ((quote - before) % 2 == 0) return quote;
    from = quote + 1;
  }
  return std::string_view::npos;
}

std::size_t end_of_container(std::string_view text, std::size_t from) {
  std::size_t depth = 0;
  for (auto at = from; at < text.size(); ++at) {
    switch (text[at]) {
    case '{':
    case '[': ++depth; break;
    case '}':
    case ']':
      if (--depth == 0) return at + 1;
      break;
    case '"':
      at = end_of_string(text, at + 1);
      if (at == std::string_view::npos) return std::string_view::npos;
      break;
    default: break;
    }
  }
  return std::string_view::npos;
}

} // namespace logos::net
