// SPDX-License-Identifier: MIT
#include "actors/administration/filters.hpp"

#include "config/units.hpp"

#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;
using json = simdjson::dom::element;

/// Whether `type`, a word or a list of words, has the word.
bool has_type(json schema, std::string_view word) {
  json type;
  if (schema["type"].get(type) != simdjson::SUCCESS) return true;
  std::string_view text;
  if (type.get(text) == simdjson::SUCCESS) return text == word;
  simdjson::dom::array list;
  if (type.get(list) != simdjson::SUCCESS) return true;
  for (const auto each : list)
    if (each.get(text) == simdjson::SUCCESS && text == word) return true;
  return false;
}

failure refused(std::string_view name, const std::string& wanted) {
  return {ec::bad_field, "The filter '" + std::string{name} + "' must be " + wanted + ".", std::string{name}};
}

failure check_number(std::string_view name, json schema, std::string_view text) {
  using limits = std::numeric_limits<std::int64_t>;
  std::int64_t least = 0;
  std::int64_t most = 0;
  if (schema["minimum"].get(least) != simdjson::SUCCESS) least = limits::min();
  if (schema["maximum"].get(most) != simdjson::SUCCESS) most = limits::max();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= least && value <= most) return {};
  if (least == limits::min()) return refused(name, "a whole number");
  if (most == limits::max()) return refused(name, "a whole number of " + std::to_string(least) + " or more");
  return refused(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

failure check_text(std::string_view name, json schema, std::string_view text) {
  simdjson::dom::array words;
  if (schema["enum"].get(words) == simdjson::SUCCESS) {
    std::string list;
    std::string_view word;
    for (const auto each : words) {
      if (each.get(word) != simdjson::SUCCESS) continue;
      if (word == text) return {};
      list.append(list.empty() ? "" : ", ").append(word);
    }
    return refused(name, "one of " + list);
  }
  std::string_view format;
  if (schema["format"].get(format) == simdjson::SUCCESS && format == "date-time" && !config::parse_time(text))
    return refused(name, "a time such as 2026-12-31T23:59:59Z");
  return {};
}

} // namespace

failure check_filter(std::string_view name, std::string_view schema, std::string_view text) {
  simdjson::dom::parser parser;
  json root;
  if (parser.parse(schema.data(), schema.size()).get(root) != simdjson::SUCCESS) return {};
  if (text == "null" && has_type(root, "null")) return {};
  if (has_type(root, "string")) return check_text(name, root, text);
  if (has_type(root, "array") || has_type(root, "object")) return {};
  if (has_type(root, "boolean")) return text == "true" || text == "false" ? failure{} : refused(name, "true or false");
  return check_number(name, root, text);
}

} // namespace logos::administration
