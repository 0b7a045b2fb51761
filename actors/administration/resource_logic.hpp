// SPDX-License-Identifier: MIT
#pragma once
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

/// 201 with ETag and Location.
template <class Entity>
outcome to_created(const Entity& made, std::string body) {
  auto out = to_entity(201, std::move(body), made.version);
  out.answer.headers +=
      "Location: /admin/v1/" + std::string{noun_of<Entity>().plural} + "/" + std::to_string(made.id) + "\r\n";
  out.changed = true;
  return out;
}

/// Adds members to the end of a JSON object.
inline std::string with_members(std::string object, std::string_view members) {
  object.insert(object.size() - 1, "," + std::string{members});
  return object;
}

} // namespace logos::administration
