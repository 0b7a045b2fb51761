// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// All prices that made a cost, each in the version that it had then. Rows from before have none: which versions made
/// them is not known, until they are priced anew.
migration price_versions_0023() {
  return {23, "price_versions", "alter table log_entry add column price_versions text;\n", "", ""};
}

} // namespace logos::storage
