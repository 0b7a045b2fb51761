// SPDX-License-Identifier: MIT
#include "bench/scheduling/figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace logos::bench {
namespace {

constexpr double for_ever = std::numeric_limits<double>::infinity();

double wait_of(const job& j, const passage& p) {
  return p.first_token == never ? for_ever : to_seconds(p.first_token - j.arrival);
}

template <class Wanted>
std::vector<double> waits(const workload& w, const trace& t, Wanted wanted) {
  std::vector<double> all;
  for (const auto& j : w.jobs)
    if (wanted(j)) all.push_back(wait_of(j, t.jobs[j.index]));
  std::sort(all.begin(), all.end());
  return all;
}

quantiles quantiles_of(const std::vector<double>& sorted) {
  quantiles q{.count = sorted.size()};
  if (sorted.empty()) return q;
  q.p50 = percentile(sorted, 0.5);
  q.p95 = percentile(sorted, 0.95);
  q.p99 = percentile(sorted, 0.99);
  std::size_t served = 0;
  for (const auto s : sorted)
    if (std::isfinite(s)) q.mean += s, ++served;
  if (served > 0) q.mean /= static_cast<double>(served);
  return q;
}

double fairness_of(const workload& w, const trace& t) {
  std::vector<double> sums(w.keys), counts(w.keys);
  for (const auto& j : w.jobs) {
    const auto& p = t.jobs[j.index];
    if (p.ended == never) continue;
    const auto alone = j.service(w.server.models[j.model]);
    sums[j.key] += to_seconds(p.ended - j.arrival) / to_seconds(alone);
    ++counts[j.key];
  }
  double sum = 0, squares = 0, n = 0;
  for (std::size_t k = 0; k < sums.size(); ++k) {
    if (counts[k] == 0) continue;
    const auto mean = sums[k] / counts[k];
    sum += mean, squares += mean * mean, ++n;
  }
  return squares > 0 ? sum * sum / (n * squares) : 1;
}

} // namespace

double percentile(const std::vector<double>& sorted, double p) {
  const auto at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto part = at - static_cast<double>(below);
  // Of two that are infinite there is no difference.
  if (part == 0 || below + 1 >= sorted.size() || sorted[below + 1] == sorted[below]) return sorted[below];
  return sorted[below] + (sorted[below + 1] - sorted[below]) * part;
}

figures figures_of(const workload& w, const trace& t) {
  figures f;
  const auto priority = [&](int p) { return quantiles_of(waits(w, t, [p](const job& j) { return j.priority == p; })); };
  const auto every = waits(w, t, [](const job&) { return true; });
  f.all = quantiles_of(every);
  f.low = priority(1);
  f.normal = priority(5);
  f.high = priority(10);
  f.interactive = quantiles_of(waits(w, t, [](const job& j) { return !j.batch; }));
  f.batch = quantiles_of(waits(w, t, [](const job& j) { return j.batch; }));
  for (const auto& j : w.jobs) {
    const auto& p = t.jobs[j.index];
    ++(p.ended == never ? f.refused : f.finished);
    if (p.first_token == never || (j.deadline.count() > 0 && p.first_token - j.arrival > j.deadline)) ++f.late;
  }
  f.loads = t.residences.size();
  f.makespan_s = to_seconds(t.end - instant{});
  f.waiting_s = to_seconds(t.waiting);
  f.idle_s = to_seconds(t.idle);
  f.held_back_s = t.held_back_s;
  f.fairness = fairness_of(w, t);
  if (!every.empty())
    for (int i = 0; i <= 100; ++i)
      f.curve.push_back(percentile(every, i / 100.0));
  return f;
}

score score_of(const workload& w, const trace& t) {
  if (w.jobs.empty()) return {};
  std::vector<double> all;
  all.reserve(w.jobs.size());
  double sum = 0;
  for (const auto& j : w.jobs) {
    all.push_back(wait_of(j, t.jobs[j.index]));
    sum += all.back();
  }
  std::sort(all.begin(), all.end());
  const auto kept = static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(all.size())));
  double eighth = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    const auto square = all[i] * all[i], fourth = square * square;
    eighth += fourth * fourth;
  }
  return {.p95 = percentile(all, 0.95),
          .mean = sum / static_cast<double>(all.size()),
          .tail = std::pow(eighth / static_cast<double>(kept), 0.125)};
}

} // namespace logos::bench
