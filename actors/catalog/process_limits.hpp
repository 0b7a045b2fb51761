// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logos::catalog {

/// The limits in a process' `settings`, as upstream has them: `rate_limit_rpm` and `rate_limit_tpm`, whole numbers of 0
/// (nothing is let in) or more, also as `60.0` or `"60"`; null is none, and so is anything else. Their ids are
/// negative, and the same each time.
std::vector<accounting::limit_rule> limits_of_settings(std::int64_t process_id, std::string_view settings);

/// The process whose settings the limit of this negative id stands in; 0: there is no such id.
std::int64_t process_of_limit(std::int64_t id);
/// The member of `settings` that says a limit of this kind; empty: none does.
std::string_view setting_of_limit(core::limit_kind kind);

/// The first of them in `settings` that is neither null nor such a number; empty: there is none.
std::string_view wrong_limit(std::string_view settings);
/// The first member of `settings` that begins as these do and is none of them, so that it would limit nothing; empty:
/// there is none.
std::string unknown_limit(std::string_view settings);

} // namespace logos::catalog
