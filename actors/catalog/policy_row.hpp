// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "core/vocabulary.hpp"
#include "storage/entities.hpp"

#include <algorithm>
#include <limits>

namespace logos::catalog {

/// A weight or threshold as the catalog keeps it.
inline std::int32_t narrow_weight(std::int64_t x) {
  using limits = std::numeric_limits<std::int32_t>;
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(x, limits::min(), limits::max()));
}

/// A policy as requests obey it.
inline policy to_policy(const storage::policy& row) {
  policy out;
  out.id = row.id;
  out.process_id = row.profile_id == 0 ? row.process_id : 0; // a profile says by itself whose it is
  out.profile_id = row.profile_id;
  out.use = row.use;
  out.name = row.name;
  out.threshold_privacy = row.threshold_privacy;
  out.threshold_latency = narrow_weight(row.threshold_latency);
  out.threshold_accuracy = narrow_weight(row.threshold_accuracy);
  out.threshold_cost = narrow_weight(row.threshold_cost);
  out.threshold_quality = narrow_weight(row.threshold_quality);
  out.priority = static_cast<std::int32_t>(std::clamp<std::int64_t>(row.priority, 0, core::priority_high));
  out.topic = row.topic;
  out.cascade = row.cascade;
  return out;
}

} // namespace logos::catalog
