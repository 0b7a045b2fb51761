// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "storage/entities.hpp"

#include <string_view>

namespace logos::transfer {

/// What was said about a provider; the rest follows from its address.
struct given {
  bool type = false;
  bool privacy = false;
  bool parallel = false;
};
/// Fills in the rest, as for logos.yaml. `bad_field` for an address that cannot be used; the failure's code is none
/// when it went well.
core::failure complete(storage::provider& p, given known);

/// The provider type that a word of upstream's means; `cloud` and unknown ones leave it to the address (false).
bool read_upstream_type(std::string_view word, storage::provider& p);
/// Whether what it says of addresses and of its key's header can be used; `param` is the column.
core::failure check(const storage::provider& p);
core::failure check(const storage::deployment& d);

/// What upstream keeps as a deployment's endpoint, in our terms: Azure's `NAME/chat/completions?api-version=V` names
/// the deployment; the usual paths of OpenAI are followed anyway; anything else stays.
void read_upstream_endpoint(std::string_view endpoint, const storage::provider& at, storage::deployment& to);

} // namespace logos::transfer
