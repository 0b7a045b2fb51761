// SPDX-License-Identifier: MIT
#include "bench/scheduling/search/moves.hpp"

#include <algorithm>
#include <numeric>

namespace logos::bench {
namespace {

using simulator::sequence;
using offset = std::ptrdiff_t;

/// The next visit of the same model after `i`, or the last before it.
std::size_t relative(const plan& p, std::size_t i) {
  for (std::size_t at = i + 1; at < p.visits.size(); ++at)
    if (p.visits[at].model == p.visits[i].model) return at;
  for (std::size_t at = i; at-- > 0;)
    if (p.visits[at].model == p.visits[i].model) return at;
  return i;
}

/// A place near `i`, mostly.
std::size_t near(std::size_t i, std::size_t size, sequence& random) {
  if (random.below(4) == 0) return random.below(size);
  const auto reach = std::min<std::size_t>(size, 5);
  const auto low = i > reach ? i - reach : 0;
  return std::min(size - 1, low + random.below(2 * reach + 1));
}

void move_jobs(plan& p, std::size_t i, sequence& random) {
  const auto j = relative(p, i);
  if (i == j) return;
  const auto few = random.below(2) == 0 ? std::min<std::uint64_t>(p.visits[i].jobs, 4) : p.visits[i].jobs;
  const auto n = static_cast<std::uint32_t>(1 + random.below(few));
  p.visits[i].jobs -= n;
  p.visits[j].jobs += n;
}

void move_visit(plan& p, std::size_t i, sequence& random) {
  const auto to = near(i, p.visits.size(), random);
  const auto v = p.visits[i];
  p.visits.erase(p.visits.begin() + static_cast<offset>(i));
  p.visits.insert(p.visits.begin() + static_cast<offset>(to), v);
}

void split(plan& p, std::size_t i, sequence& random) {
  if (p.visits[i].jobs < 2) return;
  const auto n = static_cast<std::uint32_t>(1 + random.below(p.visits[i].jobs - 1));
  const auto model = p.visits[i].model;
  p.visits[i].jobs -= n;
  const auto to = near(i, p.visits.size() + 1, random);
  p.visits.insert(p.visits.begin() + static_cast<offset>(to), {model, n});
}

/// Serves what some visits in a row serve in one or two rounds over their models.
void regroup(plan& p, std::size_t i, std::size_t models, sequence& random) {
  const auto size = std::min(p.visits.size() - i, 2 + random.below(7));
  const auto first = p.visits.begin() + static_cast<offset>(i);
  std::vector<std::uint32_t> jobs(models);
  for (auto at = first; at != first + static_cast<offset>(size); ++at)
    jobs[at->model] += at->jobs;
  std::vector<plan::visit> in_rounds;
  const auto begin = random.below(models), rounds = 1 + random.below(2), step = 1 + random.below(models - 1);
  for (std::uint64_t round = 0; round < rounds; ++round)
    for (std::uint64_t n = 0; n < models; ++n) {
      const auto m = static_cast<model_index>((begin + n * step) % models);
      const auto now = round + 1 < rounds ? jobs[m] / 2 : jobs[m];
      in_rounds.push_back({m, now});
      jobs[m] -= now;
    }
  for (model_index m = 0; m < models; ++m)
    in_rounds.push_back({m, jobs[m]}); // whom the steps have missed
  p.visits.erase(first, first + static_cast<offset>(size));
  p.visits.insert(p.visits.begin() + static_cast<offset>(i), in_rounds.begin(), in_rounds.end());
}

/// Swaps two jobs of a model, or puts one last.
void reorder(plan& p, const workload& w, sequence& random) {
  const auto a = random.below(w.jobs.size());
  if (random.below(2) == 0) {
    p.rank[a] = *std::max_element(p.rank.begin(), p.rank.end()) + 1;
    return;
  }
  for (int tries = 0; tries < 8; ++tries) {
    const auto b = random.below(w.jobs.size());
    if (a == b || w.jobs[a].model != w.jobs[b].model) continue;
    std::swap(p.rank[a], p.rank[b]);
    return;
  }
}

} // namespace

void change(plan& p, const workload& w, sequence& random, bool reorders) {
  if (p.visits.empty()) return;
  if (reorders && random.below(3) == 0) return reorder(p, w, random);
  const auto i = random.below(p.visits.size());
  switch (random.below(7)) {
  case 0:
  case 1: move_jobs(p, i, random); break;
  case 2: move_visit(p, i, random); break;
  case 3: split(p, i, random); break;
  case 4:
    if (i + 1 < p.visits.size()) std::swap(p.visits[i], p.visits[i + 1]);
    break;
  case 5:
    if (w.server.models.size() > 1) regroup(p, i, w.server.models.size(), random);
    break;
  default:
    if (const auto j = relative(p, i); j != i) {
      p.visits[j].jobs += p.visits[i].jobs;
      p.visits[i].jobs = 0;
    }
  }
  tidy(p);
}

plan in_turn(const workload& w, std::uint32_t jobs) {
  plan p{.rank = by_arrival(w)};
  std::vector<std::uint32_t> left(w.server.models.size());
  for (const auto& j : w.jobs)
    ++left[j.model];
  for (bool any = true; any;) {
    any = false;
    for (model_index m = 0; m < left.size(); ++m) {
      const auto n = std::min(left[m], jobs);
      p.visits.push_back({m, n});
      left[m] -= n;
      any = any || n > 0;
    }
  }
  tidy(p);
  return p;
}

std::vector<std::uint32_t> by_arrival(const workload& w) {
  std::vector<std::uint32_t> rank(w.jobs.size());
  std::iota(rank.begin(), rank.end(), 0U);
  return rank;
}

bool keeps_order(const workload& w, const trace& t) {
  std::vector<instant> last(w.server.models.size());
  for (const auto& j : w.jobs) {
    const auto started = t.jobs[j.index].started;
    if (started < last[j.model]) return false;
    last[j.model] = started;
  }
  return true;
}

} // namespace logos::bench
