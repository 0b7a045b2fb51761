// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/cargo.hpp"
#include "storage/result.hpp"

#include <simdjson.h>

#include <optional>
#include <string>
#include <vector>

namespace logos::transfer {

/// The object with upstream's tables in a document: itself, or what `/logosdb/export` put around it (`result`,
/// `json_data`, the pair with its status). Nothing when it is no upstream export; `bad_field` when anything stands
/// beside the tables that is none.
storage::result<std::optional<simdjson::dom::element>> find_upstream(simdjson::dom::element document);

/// Notes the tables that are none of upstream's, or are not taken over. `bad_field` when anything is no table at all.
core::failure check_members(simdjson::dom::element tables, std::vector<std::string>& notes);

/// Reads upstream's tables: users, services, process, profiles, providers, model_api_keys, models, model_provider,
/// profile_model_permissions, policies, log_entry, token_types, usage_tokens, token_prices, jobs, and request_events
/// where it is there. Keys are hashed with `secret`; `currency` is what its prices are in. `bad_field` names table, row
/// and field: what it lets in, our own export and import take again. Numbers that upstream takes and we do not are
/// brought into their range, with a note. What upstream tells apart by ids only gets names of its own, models become
/// one
/// (`model_groups`), and token types that are not built in become the operator's own; each with a note. `there`: the
/// installation as it is.
storage::result<cargo> read_upstream(simdjson::dom::element tables, const core::secret_key& secret,
                                     const storage::catalog_data& there, const std::string& currency);

} // namespace logos::transfer
