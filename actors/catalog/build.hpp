// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "storage/entities.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace logos::catalog {

struct built {
  snapshot_ptr snapshot;
  /// A sentence for each entity that could not be used, and why.
  std::vector<std::string> complaints;
};

/// Makes a snapshot of the database's rows for one node. Deployments that cannot serve here are left out: disabled, of
/// a disabled provider or model, or of a provider that this node cannot reach. Pure.
built build_snapshot(const storage::catalog_data& rows, std::string_view node);

} // namespace logos::catalog
