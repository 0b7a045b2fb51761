// SPDX-License-Identifier: MIT
#include "core/cascade.hpp"

#include "core/words.hpp"

namespace logos::core {
namespace {

constexpr words<answer_checks> checks{"refusal", "schema", "confidence", "tools", "empty", "truncated"};

} // namespace

std::string_view to_string(answer_check x) { return word_of(checks, x); }
std::optional<answer_check> parse_answer_check(std::string_view s) { return parse_word<answer_check>(checks, s); }

std::vector<std::string> words_of(check_set set) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < checks.size(); ++i)
    if (set.has(static_cast<answer_check>(i))) out.emplace_back(checks[i]);
  return out;
}

std::string joined(check_set set) {
  std::string out;
  for (const auto& word : words_of(set))
    out.append(out.empty() ? "" : " ").append(word);
  return out;
}

check_set parse_checks(std::string_view text) {
  check_set out;
  while (!text.empty()) {
    const auto end = text.find(' ');
    if (const auto c = parse_answer_check(text.substr(0, end))) out.add(*c);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string_view check_words() {
  static const std::string all = [] {
    std::string out;
    for (const auto word : checks)
      out.append(out.empty() ? "" : ", ").append(word);
    return out;
  }();
  return all;
}

} // namespace logos::core
