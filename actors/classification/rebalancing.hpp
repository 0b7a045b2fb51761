// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace logos::classification {

/// A model and its weight in one category (accuracy, quality, latency or cost).
struct standing {
  std::int64_t weight = 0;
  std::int64_t model = 0;
  bool operator==(const standing&) const = default;
};

/// Models of one category, the worst first. Where nobody has said otherwise they stand 8 apart around a median of 0;
/// how far one is from that place is what feedback has moved it by, and goes with it when others come, go or pass. As
/// upstream balances its weights (facts/logos.md 4.6). Pure values.
using standings = std::vector<standing>;

/// Sorted by weight, then by model.
standings in_order(standings list);
/// A new model just above `worse`, or below all when there is none. Nothing when `worse` is not in the list, or `model`
/// is.
std::optional<standings> with(const standings& list, std::optional<std::int64_t> worse, std::int64_t model);
/// Without a model. Nothing when it is not there.
std::optional<standings> without(const standings& list, std::int64_t model);
/// A model moved by `by`; those that it passes change places with it. Nothing when it is not there.
std::optional<standings> moved(const standings& list, std::int64_t model, std::int64_t by);

} // namespace logos::classification
