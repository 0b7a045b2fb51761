// SPDX-License-Identifier: MIT
#include "bench/scheduling/search/search.hpp"

#include "bench/scheduling/search/moves.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace logos::bench {
namespace {

constexpr std::size_t chains = 3, marks = 20;
constexpr double hottest = 0.03, coldest = 0.0002; // of what it begins with

/// What is made smaller. By the tail it finds its way over the wide plains of p95; `sharp`, it looks for p95 alone.
double energy(const score& s, bool sharp) {
  return (sharp ? s.p95 : 0.5 * s.p95 + 0.5 * s.tail) + (sharp ? 0.01 : 0.05) * s.mean;
}

struct candidate {
  plan made{};
  score reached{};
};

class annealing {
public:
  annealing(const workload& w, const search_settings& s) : work_{w}, settings_{s}, random_{s.seed} {}

  score evaluate(const plan& p) const { return score_of(work_, run(work_, carry_out(p))); }

  /// One chain of `steps` from `from`; the best that it met.
  candidate chain(candidate from, std::uint32_t steps, double heat, bool sharp = false) {
    auto best = from;
    const auto scale = energy(from.reached, sharp);
    const auto cooling = std::pow(coldest / heat, 1.0 / std::max(steps, 1U));
    for (double t = heat * scale; steps > 0; --steps, t *= cooling) {
      auto next = from.made;
      change(next, work_, random_, !settings_.keeps_order);
      note(best.reached);
      if (next == from.made) continue;
      const auto reached = evaluate(next);
      const auto worse = energy(reached, sharp) - energy(from.reached, sharp);
      if (worse > 0 && std::exp(-worse / t) < chance()) continue;
      from = {std::move(next), reached};
      if (reached < best.reached) best = from;
    }
    return best;
  }

  std::vector<double> course_{};
  double met_ = std::numeric_limits<double>::infinity();
  std::uint32_t done_ = 0;

private:
  double chance() { return static_cast<double>(random_.next() >> 11) / 9007199254740992.0; }
  void note(const score& s) {
    met_ = std::min(met_, s.p95);
    if (done_++ * marks >= course_.size() * settings_.iterations) course_.push_back(met_);
  }

  const workload& work_;
  search_settings settings_;
  simulator::sequence random_;
};

} // namespace

search_result search(const workload& w, const std::vector<trace>& runs, const search_settings& s) {
  search_result found;
  const trace* best_run = nullptr;
  annealing a{w, s};
  std::vector<candidate> starts;
  for (const auto& t : runs) {
    auto p = plan_of(w, t);
    const auto as_it_was = score_of(w, t);
    if (s.keeps_order) {
      const auto order = by_arrival(w);
      // Only a run that kept the order itself may be the answer.
      if (keeps_order(w, t) && (best_run == nullptr || as_it_was < found.begun)) best_run = &t, found.begun = as_it_was;
      p.rank = order;
    } else if (best_run == nullptr || as_it_was < found.begun) {
      best_run = &t, found.begun = as_it_was;
    }
    starts.push_back({p, a.evaluate(p)});
  }
  for (const auto jobs : {4U, 8U, 16U, 32U}) {
    const auto p = in_turn(w, jobs);
    starts.push_back({p, a.evaluate(p)});
  }
  std::sort(starts.begin(), starts.end(),
            [](const candidate& x, const candidate& y) { return energy(x.reached, false) < energy(y.reached, false); });
  starts.resize(std::min(starts.size(), chains));
  if (best_run == nullptr) found.begun = starts.front().reached;
  a.met_ = found.begun.p95;

  const auto each = static_cast<std::uint32_t>(s.iterations / 2 / starts.size());
  candidate best = starts.front();
  for (const auto& start : starts)
    if (auto c = a.chain(start, each, hottest); c.reached < best.reached) best = std::move(c);
  const auto rest = s.iterations - static_cast<std::uint32_t>(each * starts.size());
  if (auto c = a.chain(best, rest / 2, hottest / 3); c.reached < best.reached) best = std::move(c);
  if (auto c = a.chain(best, rest - rest / 2, hottest, true); c.reached < best.reached) best = std::move(c);

  found.best = best.made;
  found.run = run(w, carry_out(best.made));
  found.reached = best.reached;
  if (best_run != nullptr && found.begun < found.reached) {
    found.best = plan_of(w, *best_run);
    found.run = *best_run;
    found.reached = found.begun;
  }
  found.course = a.course_;
  found.course.push_back(found.reached.p95);
  return found;
}

search_result exhaust(const workload& w) {
  search_result found;
  std::vector<job_index> order;
  for (const auto& j : w.jobs)
    order.push_back(j.index);
  if (order.size() > 8) return found;
  do {
    plan p;
    p.rank.resize(order.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      p.visits.push_back({w.jobs[order[i]].model, 1});
      p.rank[order[i]] = i;
    }
    tidy(p);
    auto t = run(w, carry_out(p));
    const auto reached = score_of(w, t);
    if (found.best.rank.empty() || reached < found.reached) {
      found.best = std::move(p);
      found.run = std::move(t);
      found.reached = reached;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  found.begun = found.reached;
  return found;
}

} // namespace logos::bench
