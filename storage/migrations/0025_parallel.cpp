// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// A model's `parallel` was read nowhere before, and 1 where nobody had said otherwise: kept, it would now let in one
/// request at a time.
migration parallel_0025() {
  return {25, "parallel", "update models set parallel = 0 where parallel = 1;\n", "",
          "alter table models alter column parallel set default 0;\n"};
}

} // namespace logos::storage
