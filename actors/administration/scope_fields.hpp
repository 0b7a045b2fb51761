// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/fields.hpp"

/// How what narrows a key or a profile is written as JSON and read from it.
namespace logos::administration {

/// By name; by id what is gone.
void write_allowed_models(std::string& out, const storage::process& from, names& by);
/// Names, aliases or ids of models; an id that is there already may be of one that is gone.
/// Of what is not there and of what the caller may not use it says the same.
core::failure no_such_model();
core::failure read_allowed_models(json_value from, storage::process& to, names& by);
/// By id, also of what is gone.
void write_allowed_providers(std::string& out, const storage::profile& from, names& by);
/// Ids or names of providers; an id that is there already may be of one that is gone.
core::failure read_allowed_providers(json_value from, storage::profile& to, names& by);
core::failure read_allowed_endpoints(json_value from, storage::process& to, names& by);
core::failure read_allowed_addresses(json_value from, storage::process& to, names& by);

} // namespace logos::administration
