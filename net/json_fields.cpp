// SPDX-License-Identifier: MIT
#include "net/json_fields.hpp"

#include "net/json_text.hpp"
#include "net/name_fold.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace logos::net {

using core::ec;
using core::failure;

namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(body_field::count_)> names{"model",
                                                                                           "stream",
                                                                                           "stream_options",
                                                                                           "priority",
                                                                                           "mode",
                                                                                           "timeout_s",
                                                                                           "max_tokens",
                                                                                           "max_completion_tokens",
                                                                                           "max_output_tokens",
                                                                                           "n_predict",
                                                                                           "n",
                                                                                           "best_of",
                                                                                           "n_cmpl",
                                                                                           "max_tool_calls",
                                                                                           "max_turns"};

/// The whole number that `text` spells, also as 1e3 or 100.0; nothing when it is not one or not in ±2^53.
std::optional<std::int64_t> whole_number(std::string_view text) {
  constexpr std::int64_t largest = std::int64_t{1} << 53;
  const auto* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, whole); error == std::errc{} && stop == end)
    return whole >= -largest && whole <= largest ? std::optional{whole} : std::nullopt;
  double real = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, real); error != std::errc{} || stop != end)
    return std::nullopt;
  if (std::abs(real) > static_cast<double>(largest) || real != std::trunc(real)) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

std::optional<failure> read_number(body_field f, std::string_view text, json_look& out) {
  const auto name = to_string(f);
  if (f == body_field::timeout_s) {
    out.timeout = parse_patience(text);
    if (!out.timeout) return wrong_field(name, "must be a number of seconds from 0 to 604800");
    return std::nullopt;
  }
  const auto number = whole_number(text);
  if (!number) return wrong_field(name, "must be a whole number");
  if (f == body_field::n || f == body_field::best_of || f == body_field::n_cmpl) {
    constexpr std::int64_t most = 1024;
    if (*number < 1 || *number > most) return wrong_field(name, "must be from 1 to 1024");
    out.n = std::max(out.n, *number);
    return std::nullopt;
  }
  if (f == body_field::max_tool_calls || f == body_field::max_turns) {
    (f == body_field::max_turns ? out.max_turns : out.max_tool_calls) = std::max<std::int64_t>(*number, 0);
    return std::nullopt;
  }
  out.lengths[static_cast<std::size_t>(f) - static_cast<std::size_t>(body_field::max_tokens)] = *number;
  if (*number >= 0 && (!out.completion_most || *number > *out.completion_most)) out.completion_most = *number;
  if (*number >= 0 && (!out.completion_limit || *number < *out.completion_limit)) out.completion_limit = *number;
  return std::nullopt;
}

} // namespace

std::string_view to_string(body_field f) {
  const auto i = static_cast<std::size_t>(f);
  return i < names.size() ? names[i] : std::string_view{};
}

std::optional<body_field> field_named(std::string_view key) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == key) return static_cast<body_field>(i);
  return std::nullopt;
}

std::string_view resembled_field(std::string_view key) { return resembled(key, names); }

std::optional<std::chrono::milliseconds> parse_patience(std::string_view text) {
  constexpr double longest_s = 7.0 * 24 * 3600;
  double seconds = -1;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || stop != text.data() + text.size() || !(seconds >= 0) || seconds > longest_s)
    return std::nullopt;
  return std::chrono::milliseconds{std::llround(seconds * 1000)};
}

failure wrong_field(std::string_view name, std::string_view what) {
  return {ec::bad_field, std::string{"'"}.append(name).append("' ").append(what).append("."), std::string{name}};
}

std::optional<failure> read_field(body_field f, std::string_view text, json_look& out) {
  const auto name = to_string(f);
  const bool is_string = text.front() == '"';
  const auto inside = is_string ? text.substr(1, text.size() - 2) : std::string_view{};
  switch (f) {
  case body_field::model:
    if (!is_string) return wrong_field(name, "must be a string");
    if (inside.find('\\') == std::string_view::npos)
      out.model_plain = inside;
    else
      out.model_escaped = unescape(inside);
    return std::nullopt;
  case body_field::stream:
    out.stream = text == "true";
    if (out.stream || text == "false") return std::nullopt;
    return wrong_field(name, "must be true or false");
  case body_field::stream_options: return wrong_field(name, "must be an object");
  case body_field::priority:
    out.priority = core::parse_priority(is_string ? inside : text);
    if (out.priority) return std::nullopt;
    return wrong_field(name, "must be low, mid, high or a whole number from 1 to 10");
  case body_field::mode:
    if (is_string && inside == "interactive")
      out.mode = core::traffic_mode::interactive;
    else if (is_string && inside == "batch")
      out.mode = core::traffic_mode::batch;
    else
      return wrong_field(name, "must be interactive or batch");
    return std::nullopt;
  default: return read_number(f, text, out);
  }
}

} // namespace logos::net
