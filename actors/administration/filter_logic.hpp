// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/administration/field_logic.hpp"
#include "actors/administration/filters.hpp"

#include <string>
#include <string_view>

/// How lists are filtered by the texts behind `?`: a value is found however it is spelled.
namespace logos::administration {

/// Whether every filter's text is what the field shows.
template <class Entity>
bool matches(const Entity& entity, const query& filters, names& by) {
  for (const auto& [name, wanted] : filters) {
    const bool same = any_field<Entity>([&, key = std::string_view{name}, &text = wanted](const field<Entity>& f) {
      if (f.name != key || f.write == nullptr) return false;
      std::string shown;
      f.write(shown, entity, by);
      return shown == text || shown == core::json_string(text);
    });
    if (!same) return false;
  }
  return true;
}

/// Writes a filter's text as the field would show what is made with it.
template <class Entity>
core::failure spell(const field<Entity>& f, std::string& text, names& by) {
  if (auto bad = check_filter(f.name, f.schema, text); bad.code != core::ec::none) return bad;
  const auto spelled = spelled_value(f.schema, text);
  if (spelled.empty() || f.read == nullptr || f.write == nullptr) return {};
  simdjson::dom::parser parser;
  json_value value;
  if (parser.parse(spelled).get(value) != simdjson::SUCCESS) return bad_filter(f.name, "UTF-8");
  Entity made;
  if (const auto bad = f.read(value, made, by); bad.code != core::ec::none) return bad_filter(f.name, bad.message);
  text.clear();
  f.write(text, made, by);
  return {};
}

/// Refuses what fields cannot be; what they can, the filters say afterwards as the fields show it.
template <class Entity>
core::failure spell_filters(query& filters, names& by) {
  for (auto& [name, text] : filters) {
    core::failure bad;
    any_field<Entity>([&, key = std::string_view{name}, &wanted = text](const field<Entity>& f) {
      if (f.name != key) return false;
      bad = spell(f, wanted, by);
      return true;
    });
    if (bad.code != core::ec::none) return bad;
  }
  return {};
}

} // namespace logos::administration
