// SPDX-License-Identifier: MIT
#include "actors/ingress/preference.hpp"

#include <algorithm>
#include <tuple>

namespace logos::ingress {
namespace {

using std::chrono::microseconds;

constexpr microseconds closed_for{60'000'000}; // nobody knows for how long

} // namespace

microseconds prospect::expected() const {
  const auto all = wait + load + first_token + (open ? microseconds{0} : closed_for);
  // A request that fails is made again elsewhere: for each in a thousand a thousandth more, four times over.
  return all + all * (4 * std::int64_t{failed_permille}) / 1000;
}

microseconds equal_up_to(microseconds best, const taste& by) {
  return microseconds{static_cast<std::int64_t>(static_cast<double>(best.count()) * by.tolerance)} + by.slack;
}

std::vector<turn> rank(std::span<const prospect> of, const taste& by) {
  auto soonest = microseconds::max();
  for (const auto& p : of)
    if (p.known) soonest = std::min(soonest, p.expected());
  if (soonest == microseconds::max()) soonest = microseconds{0};
  const auto expected = [&](const prospect& p) { return p.known ? p.expected() : soonest; };
  const auto bound = equal_up_to(soonest, by);
  const auto as_good = [&](const prospect& p) { return expected(p) <= bound; };
  const bool one_idle = std::any_of(of.begin(), of.end(), [&](const auto& p) { return as_good(p) && p.busy == 0; });
  const auto standing = [&](const turn& t) {
    const auto& p = of[t.index];
    const double stranger = p.familiar ? 0 : 1;
    if (!as_good(p)) return std::tuple{1, static_cast<double>(expected(p).count()), 0.0, 0.0};
    return one_idle ? std::tuple{0, static_cast<double>(p.price), p.busy, stranger}
                    : std::tuple{0, static_cast<double>(p.price), stranger, p.busy};
  };
  std::vector<turn> order(of.size());
  for (std::size_t i = 0; i < of.size(); ++i)
    order[i].index = i;
  std::stable_sort(order.begin(), order.end(), [&](const turn& a, const turn& b) { return standing(a) < standing(b); });
  if (order.empty()) return order;
  const auto& first = of[order.front().index];
  for (auto& t : order) {
    const auto& p = of[t.index];
    t.expected = expected(p);
    if (&p == &first || (!first.at_once() && p.at_once())) continue;
    t.defer = std::max(by.slack, expected(p) - expected(first));
  }
  return order;
}

} // namespace logos::ingress
