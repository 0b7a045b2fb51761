// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/names.hpp"
#include "actors/administration/values.hpp"

#include <span>
#include <string>
#include <string_view>

namespace logos::administration {

/// `passing`: told, where it is, and changing by itself: what is sent back of it is passed over.
enum class use : std::uint8_t { optional, required, read_only, write_only, passing };

/// One member of an entity as the API shows it: its name, its JSON schema, how it is written and read. The tables of
/// these make the answers, read the requests and describe both in /openapi.json.
template <class Entity>
struct field {
  std::string_view name;
  use usage = use::optional;
  std::string_view schema; // a JSON schema, static
  void (*write)(std::string& out, const Entity& from, names& by) = nullptr;
  /// The failure's code is none when it went well.
  core::failure (*read)(json_value from, Entity& to, names& by) = nullptr;
  /// As it is kept, where `write` does not tell it, or tells it otherwise.
  void (*write_kept)(std::string& out, const Entity& from) = nullptr;
  /// It names other entities: only the database can tell whether it is right.
  bool refers = false;
};

/// The fields of an entity without the common ones (id, version, origin, created_at, updated_at).
template <class Entity>
std::span<const field<Entity>> fields_of();

/// What the API calls an entity.
struct noun {
  std::string_view singular;
  std::string_view plural; // as in the path
  std::string_view schema; // name in /openapi.json
};
template <class Entity>
const noun& noun_of();

// Defined for user, service, process, profile, permission, model, deployment, policy in entities.cpp, for provider in
// provider_fields.cpp, for price, limit, budget in money_fields.cpp.

/// The whole entity as a JSON object.
template <class Entity>
std::string to_json(const Entity& entity, names& by);
/// Reads an object's members into `to`. Refuses unknown members by name; read-only ones may only repeat what is.
/// `others`: further member names that are left to the caller. `complete`: required fields must be there.
template <class Entity>
core::failure read_fields(simdjson::dom::object from, Entity& to, names& by, bool complete,
                          std::span<const std::string_view> others = {});
/// Whether an entity that did not come through `read_fields`, as one of an export, has only values that this would
/// take. What it refers to is not looked for, and read-only fields are not looked at. The failure's code is none when
/// it has.
template <class Entity>
core::failure check_fields(const Entity& entity);
/// The JSON schema of an entity. `further`: properties, as JSON, of members that are not among its fields.
template <class Entity>
std::string schema_of(std::string_view further = {});
/// The same for a change: nothing is required.
template <class Entity>
std::string schema_of_change();

/// "'name' must be …, not …"
core::failure mismatch(std::string_view name, expectation wanted, json_value found);
/// An unknown member, with the nearest known one.
core::failure unknown_field(std::string_view name, std::span<const std::string_view> known);

} // namespace logos::administration
