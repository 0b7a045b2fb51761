// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/demand.hpp"
#include "actors/administration/fields.hpp"
#include "actors/administration/resources.hpp"

#include <simdjson.h>

#include <span>
#include <string>
#include <string_view>

/// What the sources of resources.hpp share.
namespace logos::administration {

/// A request's body as a JSON object. Keeps the parsed text; the views live as long as it.
class body_object {
public:
  /// The failure's code is none when the body is an object.
  core::failure parse(const net::request_view& request);
  core::failure parse_empty();
  simdjson::dom::object object() const { return object_; }
  bool has(std::string_view name) const { return object_[name].error() == simdjson::SUCCESS; }

private:
  simdjson::dom::parser parser_;
  simdjson::dom::object object_;
};

/// Adds members to the end of a JSON object.
inline std::string with_members(std::string object, std::string_view members) {
  object.insert(object.size() - 1, "," + std::string{members});
  return object;
}

/// An entity as it is shown, with its ETag. `further`: members that only this answer has; may be empty.
template <class Entity>
outcome to_shown(int status, const Entity& entity, names& by, std::string_view further = {}) {
  by.forget_told();
  auto text = to_json(entity, by);
  if (!further.empty()) text = with_members(std::move(text), further);
  return to_entity(status, std::move(text), tag_of(entity.version, by.told()));
}

/// 201 with ETag and Location.
template <class Entity>
outcome to_created(const Entity& made, names& by, std::string_view further = {}) {
  auto out = to_shown(201, made, by, further);
  out.answer.headers +=
      "Location: /admin/v1/" + std::string{noun_of<Entity>().plural} + "/" + std::to_string(made.id) + "\r\n";
  out.changed = true;
  return out;
}

} // namespace logos::administration
