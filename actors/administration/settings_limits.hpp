// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <vector>

/// Limits that stand in the `settings` of processes (`rate_limit_rpm`, `rate_limit_tpm`), shown beside those that were
/// made. Their ids are negative, as in the LEDGER's rules; version and times are their process's. They are changed with
/// their process only. REGISTRY's thread; all block on the database.
namespace logos::administration {

/// Both kinds, behind the id `after` (0: from the first on): those that were made by growing id, then those of settings
/// by falling id, of which the catalog in force knows which there are. Of these only what the caller may see and the
/// filters of the call do not rule out. At most `most`; fewer only when there are no more.
storage::result<std::vector<storage::limit>> list_both_limits(storage::store& in, const call& c, std::int64_t after,
                                                              int most);
/// One of either kind.
storage::result<storage::limit> find_either_limit(storage::store& in, std::int64_t id);
/// Why it cannot be changed or removed as a limit; the failure's code is none when it can.
core::failure check_kept_here(const storage::limit& of);

} // namespace logos::administration
