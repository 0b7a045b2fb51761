// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/upstream_types.hpp"
#include "core/error.hpp"

#include <simdjson.h>

namespace logos::transfer {

/// Reads what has been: log_entry with its usage_tokens and request_events, and the jobs that have ended. Credentials
/// in logged headers are left out. `types` are the file's token types.
core::failure read_past(simdjson::dom::element tables, upstream_types& types, cargo& to);

} // namespace logos::transfer
