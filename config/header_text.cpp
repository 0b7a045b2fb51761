// SPDX-License-Identifier: MIT
#include "config/header_text.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace logos::config {
namespace {

bool is_token(std::string_view text) { // RFC 9110: what a header's name may be
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool frames_a_request(std::string_view name) {
  constexpr std::array<std::string_view, 10> known{
      "content-length", "transfer-encoding", "host",       "connection",    "upgrade", "te",
      "trailer",        "trailers",          "keep-alive", "http2-settings"};
  std::string lower{name};
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return lower.starts_with("proxy-") || std::find(known.begin(), known.end(), lower) != known.end();
}

} // namespace

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

std::string_view auth_header_problem(std::string_view name) {
  if (!is_token(name)) return "is not a header's name";
  if (frames_a_request(name)) return "frames the request or is the connection's own: a key cannot travel in it";
  return {};
}

std::string_view auth_format_problem(std::string_view format) {
  constexpr std::string_view key = "{}";
  const auto at = format.find(key);
  if (at == std::string_view::npos || format.find(key, at + key.size()) != std::string_view::npos)
    return "must hold {} once, which stands for the key";
  return is_printable_ascii(format) ? std::string_view{} : "must be printable ASCII: it travels in a header";
}

} // namespace logos::config
