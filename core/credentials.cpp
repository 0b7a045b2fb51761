// SPDX-License-Identifier: MIT
#include "core/credentials.hpp"

#include <algorithm>
#include <array>

namespace logos::core {
namespace {

std::string lowered(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// By what providers begin their keys with; a JSON web token begins with `eyJ`.
bool looks_like_a_key(std::string_view word) {
  static constexpr std::array<std::string_view, 11> beginnings{"lg-",  "sk-",  "sk_", "pk-",  "AIza", "ghp_",
                                                               "gho_", "xai-", "hf_", "gsk_", "eyJ"};
  constexpr std::size_t shortest = 16;
  return word.size() >= shortest && std::any_of(beginnings.begin(), beginnings.end(),
                                                [&](std::string_view with) { return word.starts_with(with); });
}

constexpr std::string_view breaks = " \t,;&?=\"'<>()[]{}/|";

/// Whether the word is a parameter's value: `name=word`.
bool is_secret_value(std::string_view text, std::size_t at) {
  if (at < 2 || text[at - 1] != '=') return false;
  const auto before = text.find_last_of(breaks, at - 2);
  const auto begin = before == text.npos ? 0 : before + 1;
  return names_a_secret(text.substr(begin, at - 1 - begin));
}

} // namespace

/// Rather one too many: nobody misses an `idempotency-key` in a log.
bool names_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 10> parts{"auth",   "key",      "token",   "secret", "cookie",
                                                          "passwd", "password", "credent", "sign",   "session"};
  const auto low = lowered(name);
  if (low == "sig" || low == "code") return true;
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return low.find(part) != low.npos; });
}

std::string without_credentials(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(breaks, at), text.size());
    const auto word = text.substr(at, end - at);
    const bool in_address = at >= 3 && text.substr(at - 3, 3) == "://" && word.find('@') != word.npos;
    if (in_address)
      out.append(redacted).append(word.substr(word.rfind('@')));
    else if (!word.empty() && (looks_like_a_key(word) || is_secret_value(text, at)))
      out += redacted;
    else
      out += word;
    if (end < text.size()) out += text[end];
    at = end + 1;
  }
  return out;
}

} // namespace logos::core
