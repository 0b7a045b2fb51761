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

/// Whether the schema names a type, which `has_type` takes one without a type for, too.
bool says_type(json schema, std::string_view word) {
  return schema["type"].error() == simdjson::SUCCESS && has_type(schema, word);
}

bool parse(simdjson::dom::parser& with, std::string_view text, json& out) {
  return with.parse(text.data(), text.size()).get(out) == simdjson::SUCCESS;
}

failure check_number(std::string_view name, json schema, std::string& text) {
  using limits = std::numeric_limits<std::int64_t>;
  std::int64_t least = 0;
  std::int64_t most = 0;
  if (schema["minimum"].get(least) != simdjson::SUCCESS) least = limits::min();
  if (schema["maximum"].get(most) != simdjson::SUCCESS) most = limits::max();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= least && value <= most) {
    text = std::to_string(value);
    return {};
  }
  if (least == limits::min()) return bad_filter(name, "a whole number");
  if (most == limits::max()) return bad_filter(name, "a whole number of " + std::to_string(least) + " or more");
  return bad_filter(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

failure check_text(std::string_view name, json schema, std::string& text) {
  simdjson::dom::array words;
  if (schema["enum"].get(words) == simdjson::SUCCESS) {
    std::string list;
    std::string_view word;
    for (const auto each : words) {
      if (each.get(word) != simdjson::SUCCESS) continue;
      if (word == text) return {};
      list.append(list.empty() ? "" : ", ").append(word);
    }
    return bad_filter(name, "one of " + list);
  }
  std::string_view format;
  if (schema["format"].get(format) != simdjson::SUCCESS || format != "date-time") return {};
  const auto time = config::parse_time(text);
  if (!time) return bad_filter(name, "a time such as 2026-12-31T23:59:59Z");
  text = core::to_iso8601(*time);
  return {};
}

} // namespace

failure check_filter(std::string_view name, std::string_view schema, std::string& text) {
  simdjson::dom::parser parser;
  json root;
  if (!parse(parser, schema, root) || (text == "null" && has_type(root, "null"))) return {};
  if (has_type(root, "string")) return check_text(name, root, text);
  if (has_type(root, "array") || has_type(root, "object")) return {};
  if (has_type(root, "boolean"))
    return text == "true" || text == "false" ? failure{} : bad_filter(name, "true or false");
  if (!has_type(root, "number")) return check_number(name, root, text);
  simdjson::dom::parser other;
  json value;
  return parse(other, text, value) && value.is_number() ? failure{} : bad_filter(name, "a number");
}

std::string spelled_value(std::string_view schema, std::string_view text) {
  simdjson::dom::parser parser;
  json root;
  if (!parse(parser, schema, root) || (text == "null" && has_type(root, "null"))) return {};
  const bool number = says_type(root, "number");
  if (!says_type(root, "string")) return number ? std::string{text} : std::string{};
  return number || says_type(root, "integer") ? core::json_string(text) : std::string{};
}

failure bad_filter(std::string_view name, std::string_view wanted) {
  return {ec::bad_field, "The filter '" + std::string{name} + "' must be " + std::string{wanted} + ".",
          std::string{name}};
}

} // namespace logos::administration
