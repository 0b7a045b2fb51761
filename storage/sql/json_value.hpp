// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

namespace logos::storage::sql {

/// Whether two JSON objects or arrays say the same: whatever their spaces, the order of members, and how characters and
/// numbers are written (`1.50` is `15e-1`; no digit is lost in comparing). Of members with one name the last counts, as
/// in PostgreSQL. What a parser cannot take (no JSON, numbers beyond its range) is the same as the same bytes only.
bool same_json(std::string_view a, std::string_view b);

} // namespace logos::storage::sql
