// SPDX-License-Identifier: MIT
#include "actors/administration/weights.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

constexpr std::int64_t apart = 8;

} // namespace

placement weight_above(std::vector<weighed> others, std::int64_t worse) {
  if (others.empty()) return {};
  std::stable_sort(others.begin(), others.end(),
                   [](const weighed& a, const weighed& b) { return a.weight < b.weight; });
  if (worse == 0) return {others.front().weight - apart, {}};
  const auto below = std::find_if(others.begin(), others.end(), [&](const weighed& w) { return w.id == worse; });
  if (below == others.end()) return {others.back().weight + apart, {}};
  const auto above = std::find_if(below, others.end(), [&](const weighed& w) { return w.weight > below->weight; });
  if (above == others.end()) return {below->weight + apart, {}};
  if (above->weight - below->weight >= 2) return {below->weight + (above->weight - below->weight) / 2, {}};
  placement out{below->weight + apart / 2, {}};
  for (auto at = above; at != others.end(); ++at)
    out.moved.push_back({at->id, at->weight + apart});
  return out;
}

} // namespace logos::administration
