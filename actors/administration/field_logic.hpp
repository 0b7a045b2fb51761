// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/fields.hpp"

#include <algorithm>
#include <array>

/// The definitions of what fields.hpp declares as templates, for the sources that have the tables.
namespace logos::administration {

inline constexpr std::string_view text_schema = R"({"type":"string"})";
inline constexpr std::string_view name_schema =
    R"({"type":"string","minLength":1,"maxLength":256,"description":"Without control characters, and without blanks at )"
    R"(its ends. Where names are unique, the case of letters does not make two."})";
inline constexpr std::string_view integer_schema = R"({"type":"integer"})";
inline constexpr std::string_view count_schema = R"({"type":"integer","minimum":0,"maximum":1000000000000})";
inline constexpr std::string_view limit_schema = R"({"type":"integer","minimum":0,"maximum":1000000})";
inline constexpr std::string_view id_schema = R"({"type":["integer","null"],"minimum":1})";
inline constexpr std::string_view flag_schema = R"({"type":"boolean"})";
inline constexpr std::string_view list_schema = R"({"type":"array","items":{"type":"string"}})";
inline constexpr std::string_view object_schema = R"({"type":["object","null"]})";
inline constexpr std::string_view time_schema = R"({"type":["string","null"],"format":"date-time"})";
inline constexpr std::string_view privacy_schema =
    R"({"type":"string","enum":["LOCAL","CLOUD_IN_EU_BY_EU_PROVIDER","CLOUD_IN_EU_BY_US_PROVIDER",)"
    R"("CLOUD_NOT_IN_EU_BY_US_PROVIDER"]})";
inline constexpr std::string_view priority_schema = R"({"type":["integer","string"],"minimum":1,"maximum":10})";

template <class Entity, auto Member>
void write_member(std::string& out, const Entity& from, names& /*by*/) {
  write_value(out, from.*Member);
}

/// A text that is not told.
template <class Entity, auto Member>
void write_kept_text(std::string& out, const Entity& from) {
  write_value(out, from.*Member);
}

/// Reads with `Read`, or by the member's type.
template <class Entity, auto Member, auto Read>
core::failure read_member(json_value from, Entity& to, names& /*by*/) {
  const auto wanted = Read(from, to.*Member);
  return wanted.empty() ? core::failure{} : core::failure{core::ec::bad_field, std::string{wanted}};
}

template <class T>
expectation read_typed(json_value from, T& out) {
  return read_value(from, out);
}

template <class Entity, auto Member>
constexpr field<Entity> plain(std::string_view name, std::string_view schema, use usage = use::optional) {
  using type = std::remove_reference_t<decltype(std::declval<Entity&>().*Member)>;
  return {name, usage, schema, write_member<Entity, Member>, read_member<Entity, Member, read_typed<type>>};
}

template <class Entity, auto Member>
constexpr field<Entity> named(std::string_view name, use usage = use::required) {
  return {name, usage, name_schema, write_member<Entity, Member>, read_member<Entity, Member, read_name>};
}

template <class Entity, auto Member>
constexpr field<Entity> counted(std::string_view name, std::string_view schema = count_schema) {
  return {name, use::optional, schema, write_member<Entity, Member>, read_member<Entity, Member, read_count>};
}

template <class Entity, auto Member>
constexpr field<Entity> limited(std::string_view name) {
  return {name, use::optional, limit_schema, write_member<Entity, Member>, read_member<Entity, Member, read_limit>};
}

template <class Entity, auto Member>
constexpr field<Entity> referring(std::string_view name, use usage = use::optional) {
  return {name, usage, id_schema, [](std::string& out, const Entity& from, names&) { write_id(out, from.*Member); },
          usage == use::required ? read_member<Entity, Member, read_needed_id> : read_member<Entity, Member, read_id>};
}

template <class Entity, auto Member>
constexpr field<Entity> object(std::string_view name) {
  return {name, use::optional, object_schema,
          [](std::string& out, const Entity& from, names&) { write_object(out, from.*Member); },
          read_member<Entity, Member, read_object>};
}

template <class Entity, auto Member>
constexpr field<Entity> secret(std::string_view name) {
  return {name,
          use::write_only,
          text_schema,
          nullptr,
          read_member<Entity, Member, read_header_text>,
          write_kept_text<Entity, Member>};
}

/// A member that names a model: `null` where it is about none.
template <class Entity>
void write_model_name(std::string& out, const Entity& e, names& by) {
  if (e.model_id == 0)
    out += "null";
  else
    write_value(out, by.model_name(e.model_id));
}

template <class Entity>
core::failure read_model_by_name(json_value from, Entity& to, names& by) {
  std::string name;
  if (const auto wanted = read_name(from, name); !wanted.empty()) return {core::ec::bad_field, std::string{wanted}};
  const auto id = by.model_id(name);
  if (!id) return id.error();
  to.model_id = *id;
  return {};
}

/// The same for a provider.
template <class Entity>
void write_provider_name(std::string& out, const Entity& e, names& by) {
  if (e.provider_id == 0)
    out += "null";
  else
    write_value(out, by.provider_name(e.provider_id));
}

template <class Entity>
core::failure read_provider_by_name(json_value from, Entity& to, names& by) {
  std::string name;
  if (const auto wanted = read_name(from, name); !wanted.empty()) return {core::ec::bad_field, std::string{wanted}};
  const auto id = by.provider_id(name);
  if (!id) return id.error();
  to.provider_id = *id;
  return {};
}

/// The common fields.
template <class Entity>
inline const std::array<field<Entity>, 5> common_fields{{
    {"id", use::read_only, R"({"type":"integer"})",
     [](std::string& out, const Entity& e, names&) { write_value(out, e.id); }, nullptr},
    {"version", use::read_only, R"({"type":"integer","description":"The ETag's number."})",
     [](std::string& out, const Entity& e, names&) { write_value(out, e.version); }, nullptr},
    {"origin", use::read_only, R"({"type":"string","enum":["api","config"]})",
     [](std::string& out, const Entity& e, names&) { write_value(out, e.origin); }, nullptr},
    {"created_at", use::read_only, time_schema,
     [](std::string& out, const Entity& e, names&) { write_value(out, e.created_at); }, nullptr},
    {"updated_at", use::read_only, time_schema,
     [](std::string& out, const Entity& e, names&) { write_value(out, e.updated_at); }, nullptr},
}};

/// Calls `visit` with the id, the own fields and the other common ones, until it answers true.
template <class Entity, class Visit>
bool any_field(Visit visit) {
  const auto& common = common_fields<Entity>;
  if (visit(common[0])) return true;
  for (const auto& f : fields_of<Entity>())
    if (visit(f)) return true;
  return std::any_of(common.begin() + 1, common.end(), visit);
}

template <class Entity>
std::string to_json(const Entity& entity, names& by) {
  std::string out = "{";
  any_field<Entity>([&](const field<Entity>& f) {
    if (f.write == nullptr) return false;
    if (out.size() > 1) out += ',';
    out.append("\"").append(f.name).append("\":");
    f.write(out, entity, by);
    return false;
  });
  return out + "}";
}

template <class Entity>
core::failure read_one(const field<Entity>& f, json_value value, Entity& to, names& by) {
  if (f.usage == use::passing) return {};
  if (f.usage == use::read_only) {
    std::string present;
    f.write(present, to, by);
    if (to.id != 0 && simdjson::minify(value) == present) return {};
    return {core::ec::bad_field, "'" + std::string{f.name} + "' cannot be set.", std::string{f.name}};
  }
  auto bad = f.read(value, to, by);
  if (bad.code == core::ec::none) return {};
  // A reader that names its parameter has said it all.
  if (!bad.param.empty() || bad.code != core::ec::bad_field) return bad;
  if (f.usage != use::write_only) return mismatch(f.name, bad.message, value);
  // What was sent is not repeated: it is meant to be a secret.
  return {bad.code, "'" + std::string{f.name} + "' must be " + bad.message + ".", std::string{f.name}};
}

template <class Entity>
core::failure read_fields(simdjson::dom::object from, Entity& to, names& by, bool complete,
                          std::span<const std::string_view> others) {
  for (const auto [key, value] : from) {
    core::failure bad;
    const std::string_view name = key;
    const bool known = any_field<Entity>([&, element = value](const field<Entity>& f) {
      if (f.name != name) return false;
      bad = read_one(f, element, to, by);
      return true;
    });
    if (bad.code != core::ec::none) return bad;
    if (known || std::find(others.begin(), others.end(), name) != others.end()) continue;
    std::vector<std::string_view> candidates{others.begin(), others.end()};
    any_field<Entity>([&](const field<Entity>& f) {
      if (f.usage != use::read_only && f.usage != use::passing) candidates.push_back(f.name);
      return false;
    });
    return unknown_field(name, candidates);
  }
  core::failure missing;
  const bool lacks =
      complete && any_field<Entity>([&](const field<Entity>& f) {
        if (f.usage != use::required || from[f.name].error() == simdjson::SUCCESS) return false;
        missing = {core::ec::bad_field, "'" + std::string{f.name} + "' is required.", std::string{f.name}};
        return true;
      });
  return lacks ? missing : core::failure{};
}

template <class Entity>
core::failure check_fields(const Entity& entity) {
  const auto is_looked_at = [](const field<Entity>& f) {
    return f.read != nullptr && f.usage != use::read_only && f.usage != use::passing && !f.refers;
  };
  names none;
  std::string text = "{";
  for (const auto& f : fields_of<Entity>()) {
    if (!is_looked_at(f)) continue;
    text.append(text.size() > 1 ? "," : "").append("\"").append(f.name).append("\":");
    if (f.write_kept != nullptr)
      f.write_kept(text, entity);
    else
      f.write(text, entity, none);
  }
  text += '}';
  simdjson::dom::parser parser;
  simdjson::dom::object all;
  if (parser.parse(text).get(all) != simdjson::SUCCESS) return {core::ec::bad_field, "one of its texts is no UTF-8."};
  auto copy = entity;
  for (const auto& f : fields_of<Entity>()) {
    if (!is_looked_at(f)) continue;
    if (auto bad = read_one(f, all[f.name].value(), copy, none); bad.code != core::ec::none) return bad;
  }
  return {};
}

template <class Entity>
std::string make_schema(std::string_view further, bool complete) {
  std::string properties;
  std::string required;
  any_field<Entity>([&](const field<Entity>& f) {
    if (!properties.empty()) properties += ',';
    properties.append("\"").append(f.name).append("\":");
    std::string schema{f.schema};
    if (f.usage == use::read_only || f.usage == use::passing) schema.insert(schema.size() - 1, R"(,"readOnly":true)");
    if (f.usage == use::write_only) schema.insert(schema.size() - 1, R"(,"writeOnly":true)");
    properties += schema;
    if (complete && f.usage == use::required)
      required.append(required.empty() ? "\"" : ",\"").append(f.name).append("\"");
    return false;
  });
  if (!further.empty()) properties.append(",").append(further);
  std::string out = R"({"type":"object","additionalProperties":false,"properties":{)" + properties + "}";
  if (!required.empty()) out += R"(,"required":[)" + required + "]";
  return out + "}";
}

template <class Entity>
std::string schema_of(std::string_view further) {
  return make_schema<Entity>(further, true);
}

template <class Entity>
std::string schema_of_change() {
  return make_schema<Entity>({}, false);
}

/// Makes the templates above for one entity.
#define LOGOS_ADMINISTERED(entity)                                                                                     \
  template std::string to_json(const entity&, names&);                                                                 \
  template core::failure read_fields(simdjson::dom::object, entity&, names&, bool, std::span<const std::string_view>); \
  template core::failure check_fields(const entity&);                                                                  \
  template std::string schema_of<entity>(std::string_view);                                                            \
  template std::string schema_of_change<entity>();

/// Defines `fields_of` and `noun_of` from `<entity>_fields`, and what is made of them.
#define LOGOS_TABLE(entity, singular, plural, schema)                                                                  \
  template <>                                                                                                          \
  std::span<const field<entity>> fields_of() {                                                                         \
    return entity##_fields;                                                                                            \
  }                                                                                                                    \
  template <>                                                                                                          \
  const noun& noun_of<entity>() {                                                                                      \
    static constexpr noun n{singular, plural, schema};                                                                 \
    return n;                                                                                                          \
  }                                                                                                                    \
  LOGOS_ADMINISTERED(entity)

} // namespace logos::administration
