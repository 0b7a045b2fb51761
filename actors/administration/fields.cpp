// SPDX-License-Identifier: MIT
#include "actors/administration/fields.hpp"

#include "config/problem.hpp"

namespace logos::administration {
namespace {

std::string_view type_name(json_value value) {
  using simdjson::dom::element_type;
  switch (value.type()) {
  case element_type::ARRAY: return "a list";
  case element_type::OBJECT: return "an object";
  case element_type::STRING: return "a string";
  case element_type::BOOL: return "a boolean";
  default: return "a number";
  }
}

std::string quoted(json_value value) {
  std::string_view raw;
  const auto text = value.get(raw) == simdjson::SUCCESS ? core::json_string(raw) : simdjson::minify(value);
  const bool plain = !value.is_array() && !value.is_object() && text.size() <= 60;
  return plain ? " " + text : std::string{};
}

} // namespace

core::failure mismatch(std::string_view name, expectation wanted, json_value found) {
  return {core::ec::bad_field,
          "'" + std::string{name} + "' must be " + std::string{wanted} + ", not " +
              (found.is_null() ? "null" : std::string{type_name(found)} + quoted(found)) + ".",
          std::string{name}};
}

core::failure unknown_field(std::string_view name, std::span<const std::string_view> known) {
  const std::string shown{name.substr(0, 100)};
  std::string message = "There is no field '" + shown + "'";
  const auto nearest = config::nearest_of(name.substr(0, 100), known);
  message += config::looks_alike(name.substr(0, 100), nearest) ? "; did you mean '" + std::string{nearest} + "'?" : ".";
  return {core::ec::bad_field, std::move(message), shown};
}

} // namespace logos::administration
