// SPDX-License-Identifier: MIT
#include "actors/classification/rebalancing.hpp"

#include <algorithm>
#include <tuple>

namespace logos::classification {
namespace {

constexpr std::int64_t apart = 8;

std::int64_t half(std::int64_t sum) { return sum >= 0 ? sum / 2 : -((1 - sum) / 2); } // rounded down

std::int64_t median(std::size_t n, auto weight_at) {
  if (n == 0) return 0;
  return n % 2 != 0 ? weight_at(n / 2) : half(weight_at(n / 2 - 1) + weight_at(n / 2));
}

/// Where the i-th of n stands when nobody has said otherwise.
std::int64_t ideal(std::size_t i, std::size_t n) {
  const auto raw = [](std::size_t at) { return apart * static_cast<std::int64_t>(at); };
  return raw(i) - median(n, raw);
}

standings centred(standings list) {
  std::vector<std::int64_t> weights;
  for (const auto& s : list)
    weights.push_back(s.weight);
  std::sort(weights.begin(), weights.end());
  const auto middle = median(weights.size(), [&](std::size_t i) { return weights[i]; });
  for (auto& s : list)
    s.weight -= middle;
  return list;
}

/// How far below its place each model stands.
std::vector<std::int64_t> offsets(const standings& list) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < list.size(); ++i)
    out.push_back(ideal(i, list.size()) - list[i].weight);
  return out;
}

standings placed(standings list, const std::vector<std::int64_t>& below) {
  for (std::size_t i = 0; i < list.size(); ++i)
    list[i].weight = ideal(i, list.size()) - below[i];
  return centred(std::move(list));
}

auto position(const standings& list, std::int64_t model) {
  return std::find_if(list.begin(), list.end(), [&](const standing& s) { return s.model == model; });
}

} // namespace

standings in_order(standings list) {
  std::sort(list.begin(), list.end(), [](const standing& a, const standing& b) {
    return std::tie(a.weight, a.model) < std::tie(b.weight, b.model);
  });
  return list;
}

std::optional<standings> with(const standings& list, std::optional<std::int64_t> worse, std::int64_t model) {
  if (position(list, model) != list.end()) return std::nullopt;
  std::ptrdiff_t at = 0;
  if (worse) {
    const auto found = position(list, *worse);
    if (found == list.end()) return std::nullopt;
    at = found - list.begin() + 1;
  }
  auto below = offsets(list);
  auto more = list;
  const auto own = list.size() < 2 ? 0 : -half(list.front().weight + list.back().weight);
  below.insert(below.begin() + at, own);
  more.insert(more.begin() + at, standing{0, model});
  return placed(std::move(more), below);
}

std::optional<standings> without(const standings& list, std::int64_t model) {
  const auto found = position(list, model);
  if (found == list.end()) return std::nullopt;
  const auto at = found - list.begin();
  auto below = offsets(list);
  auto fewer = list;
  below.erase(below.begin() + at);
  fewer.erase(fewer.begin() + at);
  return placed(std::move(fewer), below);
}

std::optional<standings> moved(const standings& list, std::int64_t model, std::int64_t by) {
  const auto found = position(list, model);
  if (found == list.end()) return std::nullopt;
  auto at = static_cast<std::size_t>(found - list.begin());
  auto below = offsets(list);
  auto out = list;
  out[at].weight += by;
  // Whom it passes takes its position, and stands as far from that as from its own before.
  const auto change_places = [&](std::size_t with) {
    std::swap(out[at], out[with]);
    std::swap(below[at], below[with]);
    out[at].weight = ideal(at, out.size()) - below[at];
    at = with;
  };
  while (at > 0 && out[at].weight < out[at - 1].weight)
    change_places(at - 1);
  while (at + 1 < out.size() && out[at].weight > out[at + 1].weight)
    change_places(at + 1);
  return centred(std::move(out));
}

} // namespace logos::classification
