// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/administration/route_table.hpp"
#include "storage/store.hpp"

#include <simdjson.h>

#include <string>

namespace logos::administration {

/// `GET /admin/v1/export` and `POST /admin/v1/import`, for the route table.
void add_transfer(std::vector<route>& to);
/// Their schemas for OpenAPI, each led by a comma.
std::string transfer_schemas();

/// Every entity as one document; `secrets=true` in the query puts provider keys in clear and hashes of keys into it.
outcome export_document(storage::store& in, const call& c);
/// Takes in an export of our own, one of upstream's, or `{"users_yml":…,"profiles_yml":…}`; `dry_run=true` in the query
/// takes it back.
outcome import_body(storage::store& in, const call& c);
/// The same for a document that was read already.
storage::result<std::string> import_document(storage::store& in, const call& c, simdjson::dom::element document,
                                             bool dry_run, bool& changed);

} // namespace logos::administration
