// SPDX-License-Identifier: MIT
#include "config/problem.hpp"

#include <algorithm>

namespace logos::config {
namespace {

/// Keys come from the file: a line break or a terminal's control sequence in them must not reach the screen.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 400))
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  if (text.size() > 400) out += "…";
  return out;
}

} // namespace

std::string to_string(const problem& p) {
  std::string out = printable(p.origin);
  if (p.line > 0) out += ':' + std::to_string(p.line);
  if (!out.empty()) out += ": ";
  if (p.level == core::severity::warning) out += "warning: ";
  if (!p.key.empty()) out += printable(p.key) + ": ";
  return out + printable(p.message);
}

std::string to_string(std::span<const problem> problems) {
  std::string out;
  for (const auto& p : problems)
    out += to_string(p) + '\n';
  return out;
}

bool has_error(std::span<const problem> problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const problem& p) { return p.level == core::severity::error; });
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t longest = 64; // longer keys are nobody's typing mistake, and the table below is quadratic
  a = a.substr(0, longest);
  b = b.substr(0, longest);
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

std::string_view nearest_of(std::string_view word, std::span<const std::string_view> candidates) {
  const auto closest = std::min_element(candidates.begin(), candidates.end(), [&](auto a, auto b) {
    return edit_distance(word, a) < edit_distance(word, b);
  });
  return closest == candidates.end() ? std::string_view{} : *closest;
}

bool looks_alike(std::string_view a, std::string_view b) {
  return edit_distance(a, b) <= std::max<std::size_t>(1, std::min(a.size(), b.size()) / 3);
}

} // namespace logos::config
