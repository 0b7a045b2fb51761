// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/cargo.hpp"
#include "storage/result.hpp"

#include <simdjson.h>

#include <optional>
#include <string>

namespace logos::transfer {

/// The object with upstream's tables in a document: itself, or what `/logosdb/export` put around it (`result`,
/// `json_data`, the pair with its status). Nothing when it is no upstream export.
std::optional<simdjson::dom::element> find_upstream(simdjson::dom::element document);

/// Reads upstream's tables: users, services, process, profiles, providers, model_api_keys, models, model_provider,
/// profile_model_permissions, policies, log_entry, token_types, usage_tokens, token_prices, jobs, and request_events
/// where it is there. Keys are hashed with `secret`; `currency` is what its prices are in. `bad_field` names table, row
/// and field.
storage::result<cargo> read_upstream(simdjson::dom::element tables, const core::secret_key& secret,
                                     const std::string& currency);

} // namespace logos::transfer
