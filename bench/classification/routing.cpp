// SPDX-License-Identifier: MIT
#include "bench/classification/routing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace logos::bench {

recovery recovered(const std::vector<chances>& of, const std::vector<double>& wish) {
  const std::size_t n = of.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return wish[a] > wish[b]; });
  std::vector<double> gained(n + 1); // after the first k have got the strong model
  for (std::size_t from = 0; from < n;) {
    auto to = from;
    double sum = 0;
    for (; to < n && wish[order[to]] == wish[order[from]]; ++to)
      sum += of[order[to]].gain();
    for (auto k = from; k < to; ++k)
      gained[k + 1] = gained[k] + sum / static_cast<double>(to - from);
    from = to;
  }
  recovery out;
  const double gap = gained[n];
  if (n == 0 || std::abs(gap) < 1e-9) return out;
  for (std::size_t k = 0; k < n; ++k)
    out.area += (gained[k] + gained[k + 1]) / 2 / gap / static_cast<double>(n);
  for (std::size_t i = 0; i < out.at.size(); ++i) {
    const double place = static_cast<double>(n) * static_cast<double>(i + 1) / 10;
    const auto k = static_cast<std::size_t>(place);
    out.at[i] = (gained[k] + (place - static_cast<double>(k)) * (gained[std::min(k + 1, n)] - gained[k])) / gap;
  }
  return out;
}

recovery mean_of(const std::vector<recovery>& all) {
  recovery out;
  for (const auto& r : all) {
    out.area += r.area / static_cast<double>(all.size());
    for (std::size_t i = 0; i < out.at.size(); ++i)
      out.at[i] += r.at[i] / static_cast<double>(all.size());
  }
  return out;
}

} // namespace logos::bench
