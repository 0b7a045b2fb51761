// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/cargo.hpp"
#include "core/error.hpp"

#include <simdjson.h>

#include <map>

namespace logos::transfer {

/// Reads what has been: log_entry with its usage_tokens and request_events, and the jobs that have ended. Credentials
/// in logged headers are left out. `types` names the token types.
core::failure read_past(simdjson::dom::element tables, const std::map<std::int64_t, std::string>& types, cargo& to);

} // namespace logos::transfer
