// SPDX-License-Identifier: MIT
#include "net/json_pairs.hpp"

#include "net/json_text.hpp"

namespace logos::net {
namespace {

constexpr std::size_t npos = std::string_view::npos;

} // namespace

std::optional<pair_at> next_pair(std::string_view text, std::size_t from) {
  constexpr std::size_t longest_key = 48;
  for (auto colon = text.find(':', from); colon != npos; colon = text.find(':', colon + 1)) {
    auto quote = colon;
    while (quote > 0 && is_json_space(text[quote - 1]))
      --quote;
    if (quote < 2 || text[--quote] != '"' || text[quote - 1] == '\\') continue;
    const auto open = text.rfind('"', quote - 1);
    if (open == npos || quote - open > longest_key || (open > 0 && text[open - 1] == '\\')) continue;
    auto value = colon + 1;
    while (value < text.size() && is_json_space(text[value]))
      ++value;
    if (value == text.size()) return std::nullopt;
    return pair_at{text.substr(open + 1, quote - open - 1), open, value};
  }
  return std::nullopt;
}

std::size_t closed_after(std::string_view text, std::size_t from) {
  std::size_t open = 0, closed = 0;
  for (auto at = from; at < text.size(); ++at) {
    switch (text[at]) {
    case '{':
    case '[': ++open; break;
    case '}':
    case ']':
      if (open != 0)
        --open;
      else
        ++closed;
      break;
    case '"':
      at = end_of_string(text, at + 1);
      if (at == npos) return closed;
      break;
    default: break;
    }
  }
  return closed;
}

} // namespace logos::net
