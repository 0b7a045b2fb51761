// SPDX-License-Identifier: MIT
#include "net/path_text.hpp"

#include <algorithm>

namespace logos::net {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_harmless(char c) {
  return (c >= 'a' && c <= 'z') || c == '/' || c == '_' || c == '-' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

/// Calls `visit` with each parameter of `query`, as it stands.
template <class Visit>
void each_parameter(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const auto end = query.find('&');
    visit(query.substr(0, end));
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
}

bool is_named(std::string_view parameter, std::string_view name) {
  return parameter.substr(0, parameter.find('=')) == name;
}

} // namespace

decoded_char decode_at(std::string_view text, std::size_t at) {
  if (text[at] != '%') return {static_cast<unsigned char>(text[at]), 1};
  if (at + 2 >= text.size()) return {-1, 1};
  const auto high = hex_digit(text[at + 1]);
  const auto low = hex_digit(text[at + 2]);
  if (high < 0 || low < 0) return {-1, 1};
  return {high * 16 + low, 3};
}

bool safe_path(std::string_view path) {
  // Without dots, escapes, parameters and odd bytes, as nearly all are, there is nothing to find.
  if (std::all_of(path.begin(), path.end(), is_harmless)) return true;
  std::size_t dots = 0;
  bool others = false; // the segment so far has more than dots; a `;` ends what counts
  bool parameter = false;
  const auto is_dots = [&] { return !others && (dots == 1 || dots == 2); };
  for (std::size_t i = 0; i < path.size();) {
    const auto [byte, length] = decode_at(path, i);
    const bool encoded = length == 3;
    if (byte < 0x20 || byte == 0x7f || byte == '\\') return false;
    if (!encoded && (byte == ' ' || byte == '?' || byte == '#' || byte >= 0x80)) return false;
    i += length;
    if (encoded && byte == '%' && i + 1 < path.size()) { // encoded twice
      const auto inner = hex_digit(path[i]) * 16 + hex_digit(path[i + 1]);
      if (inner == '.' || inner == '/' || inner == '\\' || (path[i] == '0' && path[i + 1] == '0')) return false;
    }
    if (byte == '/') {
      if (is_dots()) return false;
      dots = 0;
      others = parameter = false;
    } else if (byte == ';') {
      parameter = true;
    } else if (!parameter) {
      if (byte == '.')
        ++dots;
      else
        others = true;
    }
  }
  return !is_dots();
}

bool safe_query(std::string_view query) {
  for (const char c : query) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == '#' || byte >= 0x7f) return false;
  }
  return true;
}

void append_encoded(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                       byte == '-' || byte == '_' || byte == '.' || byte == '~' || byte == ':' || byte == '@';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
}

std::string_view query_value(std::string_view query, std::string_view name) {
  std::string_view value;
  each_parameter(query, [&](std::string_view parameter) {
    if (value.empty() && is_named(parameter, name) && parameter.size() > name.size())
      value = parameter.substr(name.size() + 1);
  });
  return value;
}

std::string query_without(std::string_view query, std::string_view name) {
  std::string out;
  each_parameter(query, [&](std::string_view parameter) {
    if (is_named(parameter, name)) return;
    if (!out.empty()) out += '&';
    out += parameter;
  });
  return out;
}

} // namespace logos::net
