// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/cargo.hpp"
#include "storage/audit.hpp"
#include "storage/result.hpp"

#include <simdjson.h>

namespace logos::transfer {

/// The export of our own: one JSON object with every entity, a list per table, columns as the database has them. The
/// same entities always give the same text. Without `secrets`, keys of providers and hashes of keys are not in it.
std::string write_own(const storage::catalog_data& all, bool secrets, const core::secret_key& secret);

/// What the audit log has of an export with secrets; it is written before they are handed out.
storage::change export_of_secrets();

/// Whether a document says that it is one.
bool is_own(simdjson::dom::element document);
/// Reads it. `bad_field` names the table, the row and the field; a `conflict` when the hashes in it belong to another
/// secret key.
storage::result<cargo> read_own(simdjson::dom::element document, const core::secret_key& secret);

} // namespace logos::transfer
