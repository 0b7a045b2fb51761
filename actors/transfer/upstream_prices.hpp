// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/upstream_types.hpp"
#include "core/error.hpp"

#include <simdjson.h>

namespace logos::transfer {

/// Reads token_types, into `types`, and token_prices, which are in `currency`. Prices of what can have none here are
/// left out, and of two that begin at one time the older one, with a note each.
core::failure read_prices(simdjson::dom::element tables, upstream_types& types, const std::string& currency, cargo& to);

} // namespace logos::transfer
