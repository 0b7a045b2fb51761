// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace logos::catalog {

/// The limits in a process' `settings`, as upstream has them: `rate_limit_rpm` and `rate_limit_tpm`, positive integers;
/// what is anything else is none. Their ids are negative, and the same each time.
std::vector<accounting::limit_rule> limits_of_settings(std::int64_t process_id, std::string_view settings);

} // namespace logos::catalog
