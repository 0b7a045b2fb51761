// SPDX-License-Identifier: MIT
#include "net/header_parameters.hpp"

#include "net/header_policy.hpp"

namespace logos::net {
namespace {

constexpr std::size_t npos = std::string_view::npos;

} // namespace

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

parameter_cursor::parameter_cursor(std::string_view value) {
  const auto first = value.find(';');
  broken_ = value.substr(0, first).find_first_of("\",") != npos;
  if (first != npos) rest_ = value.substr(first);
}

bool parameter_cursor::quoted(header_parameter& into) {
  std::size_t close = 1;
  bool escaped_quote = false;
  for (; close < rest_.size() && rest_[close] != '"'; ++close) {
    // To whoever knows no escapes, the value ends at such a quote, and what follows a semicolon is a parameter.
    if (rest_[close] == ';' && escaped_quote) return stop();
    if (rest_[close] == '\\') escaped_quote = rest_.substr(++close, 1) == "\"" || escaped_quote;
  }
  if (close >= rest_.size()) return stop();
  into.value = rest_.substr(1, close - 1);
  rest_ = without_blanks(rest_.substr(close + 1));
  return rest_.empty() || rest_.front() == ';' || stop();
}

bool parameter_cursor::next(header_parameter& into) {
  if (broken_) return false;
  while (rest_.starts_with(';'))
    rest_ = without_blanks(rest_.substr(1));
  if (rest_.empty()) return false;
  const auto equals = rest_.find('=');
  if (equals == npos || !valid_header_name(rest_.substr(0, equals))) return stop();
  into.name = rest_.substr(0, equals);
  rest_.remove_prefix(equals + 1);
  if (rest_.starts_with('"')) return quoted(into);
  const auto end = rest_.find(';');
  into.value = without_blanks(rest_.substr(0, end));
  rest_.remove_prefix(end == npos ? rest_.size() : end);
  return into.value.find_first_of(" \t\",\\") == npos || stop();
}

} // namespace logos::net
