// SPDX-License-Identifier: MIT
#include "actors/transfer/credit_order.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace logos::transfer {

void put_in_order(std::vector<item<storage::credit>>& credits) {
  std::unordered_set<std::int64_t> there, placed;
  for (const auto& each : credits)
    there.insert(each.entity.id);
  std::unordered_map<std::int64_t, std::vector<std::size_t>> waiting; // by what they reverse
  std::vector<std::size_t> order;
  order.reserve(credits.size());
  for (std::size_t i = 0; i < credits.size(); ++i) {
    const auto reversed = credits[i].entity.reverses;
    if (reversed != 0 && !placed.contains(reversed)) {
      waiting[reversed].push_back(i);
      continue;
    }
    auto at = order.size();
    order.push_back(i);
    for (; at < order.size(); ++at) { // it grows by whoever waited for that
      const auto id = credits[order[at]].entity.id;
      placed.insert(id);
      if (const auto next = waiting.extract(id); !next.empty())
        order.insert(order.end(), next.mapped().begin(), next.mapped().end());
    }
  }
  const auto sound = static_cast<std::ptrdiff_t>(order.size());
  for (const auto& [reversed, rows] : waiting)
    order.insert(order.end(), rows.begin(), rows.end());
  std::sort(order.begin() + sound, order.end());
  std::stable_partition(order.begin() + sound, order.end(),
                        [&](std::size_t i) { return !there.contains(credits[i].entity.reverses); });
  std::vector<item<storage::credit>> sorted;
  sorted.reserve(credits.size());
  for (const auto i : order)
    sorted.push_back(std::move(credits[i]));
  credits = std::move(sorted);
}

} // namespace logos::transfer
