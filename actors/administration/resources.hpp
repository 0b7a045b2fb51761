// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "storage/store.hpp"

/// What can be done with each kind of entity. All run on REGISTRY's thread and block on the database.
namespace logos::administration {

/// What a list of them takes: `limit`, `cursor`, and each field that is shown.
template <class Entity>
std::span<const parameter> parameters_of_list();
/// `{"data":[…],"next":…}`; `limit`, `cursor`, and any of the entity's fields as an equality filter.
template <class Entity>
outcome list_entities(storage::store& in, const call& c);
template <class Entity>
outcome show_entity(storage::store& in, const call& c);
/// The same, with `?version=` as it was then, also when it is removed.
template <class Entity>
outcome show_any_version(storage::store& in, const call& c);
template <class Entity>
outcome create_entity(storage::store& in, const call& c);
/// Changes the members that the body names. What changes nothing leaves the version and no event.
template <class Entity>
outcome change_entity(storage::store& in, const call& c);
template <class Entity>
outcome remove_entity(storage::store& in, const call& c);

// Where making one takes more than one row.

/// With its key, shown this once, and a first profile; one that a user makes, with the profiles and permissions of the
/// key that makes it.
outcome create_process(storage::store& in, const call& c);
/// A new key in place of the old one, which works for `grace_s` more.
outcome rotate_process(storage::store& in, const call& c);
/// A process is made with its first one: while that has not been changed or permitted anything, whoever asks for one of
/// its name is answered with it.
outcome create_profile(storage::store& in, const call& c);
outcome create_permission(storage::store& in, const call& c);
/// With `models` as in logos.yaml: models that do not exist yet, and deployments.
outcome create_provider(storage::store& in, const call& c);
/// With `provider` (and `upstream`): its deployment there, too.
outcome create_model(storage::store& in, const call& c);
outcome create_deployment(storage::store& in, const call& c);

} // namespace logos::administration
