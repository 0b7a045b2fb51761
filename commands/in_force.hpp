// SPDX-License-Identifier: MIT
#pragma once
#include "config/settings.hpp"
#include "storage/store.hpp"

namespace logos::commands {

/// Waits until every node that runs goes by what the database has now: what was revoked is refused, what was made
/// works. At once where none runs. How many nodes have confirmed it: a lone one that has neither this DATA_DIR nor a
/// place in a cluster is not known here. A failure names the node that has not followed within ten seconds.
storage::result<std::size_t> wait_until_in_force(const config::settings& s, storage::store& store);

} // namespace logos::commands
