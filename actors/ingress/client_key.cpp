// SPDX-License-Identifier: MIT
#include "actors/ingress/client_key.hpp"

#include "net/header_policy.hpp"

#include <algorithm>

namespace logos::ingress {
namespace {

constexpr std::size_t longest_key = 8192; // tokens of some single sign-ons have thousands of bytes
constexpr std::size_t random_part = 43;   // characters, behind the last dash that a name has
constexpr std::string_view scheme = "bearer ";

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t'))
    s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t'))
    s.remove_suffix(1);
  return s;
}

/// One word of visible ASCII.
bool can_be_passed_on(std::string_view key) {
  return !key.empty() && key.size() <= longest_key &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace

bool resembles_logos_key(std::string_view text) {
  const auto begins = [&](std::size_t at) {
    return at + 2 < text.size() && (text[at] == 'l' || text[at] == 'L') &&
           (text[at + 1] == 'g' || text[at + 1] == 'G') && !is_letter_or_digit(text[at + 2]);
  };
  // Quotes in front of it, a name with `=`. But dashes are part of many keys: one alone begins nothing.
  bool fresh = true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_letter_or_digit(text[at])) {
      if (fresh && begins(at)) return true;
      fresh = false;
    } else if (text[at] != '-' && text[at] != '_') {
      fresh = true;
    }
  }
  return false;
}

bool was_made_by_logos(std::string_view key) {
  if (!key.starts_with("lg-") || key.size() < random_part + 4 || key[key.size() - random_part - 1] != '-') return false;
  const auto random = key.substr(key.size() - random_part);
  return std::all_of(random.begin(), random.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

std::string_view find_client_key(const net::request_view& request) {
  for (const std::string_view name : {"logos_key", "logos-key"})
    if (!trim(request.find(name)).empty()) return {};
  const auto authorization = trim(request.find("authorization"));
  const auto api_key = trim(request.find("api-key"));
  const auto x_api_key = trim(request.find("x-api-key"));
  for (const auto text : {authorization, api_key, x_api_key})
    if (resembles_logos_key(text)) return {};
  auto key = authorization;
  if (!key.empty()) {
    if (key.size() <= scheme.size() || !net::equal_names(key.substr(0, scheme.size()), scheme)) return {};
    key = trim(key.substr(scheme.size()));
  } else {
    key = api_key.empty() ? x_api_key : api_key;
  }
  return can_be_passed_on(key) ? key : std::string_view{};
}

} // namespace logos::ingress
