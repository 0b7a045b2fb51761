// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// The providers that serve a profile: a list of ids, one per line; empty: every provider, as before.
migration profile_providers_0020() {
  return {20, "profile_providers",
          R"sql(
alter table profiles add column allowed_providers text not null default '';
)sql",
          "", ""};
}

} // namespace logos::storage
