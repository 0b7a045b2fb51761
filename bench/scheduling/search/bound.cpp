// SPDX-License-Identifier: MIT
#include "bench/scheduling/search/bound.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace logos::bench {
namespace {

constexpr double shortest_step = 0.25; // seconds
constexpr int halvings = 8;            // of what was reached

/// How many models fit into the memory together at most, if one may choose them.
std::size_t most_together(const server_facts& s) {
  std::vector<std::uint64_t> sizes;
  for (const auto& m : s.models)
    sizes.push_back(m.vram_mb);
  std::sort(sizes.begin(), sizes.end());
  std::size_t n = 0;
  for (std::uint64_t used = 0; n < sizes.size() && (used += sizes[n]) <= s.vram_mb;)
    ++n;
  return n;
}

double shortest_load(const server_facts& s) {
  auto shortest = s.models.front().load_time;
  for (const auto& m : s.models)
    shortest = std::min(shortest, m.load_time);
  return to_seconds(shortest);
}

/// The course of models that makes the fewest jobs late which ask for their first token within `limit` seconds.
///
/// Two models are always away. Where it is only one, the other is a phantom: nobody wants it, nothing loads it. `age`
/// of an absence: steps since its model could last end a job, plus one; the oldest stands for all that are older.
class courses {
public:
  courses(const workload& w, std::size_t away, double limit, double step)
      : models_{w.server.models.size()},
        real_pairs_{away == 2},
        limit_{limit},
        step_{step},
        ages_{static_cast<std::size_t>(limit / step) + 3},
        loads_(models_),
        leaves_(models_) {
    for (std::size_t m = 0; m < models_; ++m) {
      loads_[m] = steps(to_seconds(w.server.models[m].load_time));
      leaves_[m] = std::min(steps(to_seconds(w.server.models[m].unload_time)), ages_ - 1);
    }
    for (std::size_t y = 0; y < models_; ++y)
      for (std::size_t z = y + 1; z <= models_; ++z)
        if ((z == models_) != real_pairs_) pairs_.push_back({y, z});
    pair_of_.assign((models_ + 1) * (models_ + 1), 0);
    for (std::size_t p = 0; p < pairs_.size(); ++p)
      pair_of_[pairs_[p].first * (models_ + 1) + pairs_[p].second] =
          pair_of_[pairs_[p].second * (models_ + 1) + pairs_[p].first] = p;
  }

  void add(const job& j, const model_facts& m) {
    const auto arrival = to_seconds(j.arrival - instant{});
    const auto due = arrival + limit_ - to_seconds(j.prefill(m));
    if (due < arrival) { // not even at once
      ++late_anyway_;
      return;
    }
    wishes_.push_back({j.model, steps(due), (arrival + to_seconds(j.service(m))) / step_});
    horizon_ = std::max(horizon_, wishes_.back().due + 1);
  }

  std::uint32_t fewest_late() {
    count();
    const auto longest = *std::max_element(loads_.begin(), loads_.end());
    layers_.assign(longest + 1, std::vector<std::uint32_t>(pairs_.size() * ages_ * ages_));
    for (auto t = horizon_; t-- > 0;)
      for (std::size_t p = 0; p < pairs_.size(); ++p)
        decide(t, p);
    auto least = UINT32_MAX;
    for (std::size_t p = 0; p < pairs_.size(); ++p)
      least = std::min(least, value(0, p, ages_ - 1, oldest(pairs_[p].second)));
    return late_anyway_ + least;
  }

private:
  struct wish {
    std::size_t model = 0;
    std::size_t due = 0;  // the step in which its model must be there
    double could_end = 0; // if it began when it came; in steps
  };

  std::size_t steps(double seconds) const { return static_cast<std::size_t>(seconds / step_); }
  bool phantom(std::size_t m) const { return m == models_; }
  std::size_t oldest(std::size_t m) const { return phantom(m) ? 0 : ages_ - 1; }
  std::size_t later(std::size_t m, std::size_t age, std::size_t by) const {
    return phantom(m) ? 0 : std::min(age + by, ages_ - 1);
  }

  /// `late_[m]`: who becomes late from a step on, if the model has been away for so long then and stays so.
  void count() {
    late_.assign(models_, std::vector<std::uint32_t>((horizon_ + 1) * ages_));
    for (const auto& each : wishes_)
      for (std::size_t age = 0; age < ages_; ++age)
        if (age + 1 == ages_ || static_cast<double>(each.due + 1) - static_cast<double>(age) < each.could_end)
          ++late_[each.model][each.due * ages_ + age];
    for (auto& of_model : late_)
      for (auto t = horizon_; t-- > 0;)
        for (std::size_t age = 0; age < ages_; ++age)
          of_model[t * ages_ + age] += of_model[(t + 1) * ages_ + std::min(age + 1, ages_ - 1)];
  }
  /// Who becomes late in so many steps.
  std::uint32_t late(std::size_t m, std::size_t t, std::size_t age, std::size_t in) const {
    if (phantom(m)) return 0;
    const auto end = std::min(t + in, horizon_);
    return late_[m][t * ages_ + age] - late_[m][end * ages_ + std::min(age + end - t, ages_ - 1)];
  }

  std::uint32_t& cell(std::size_t t, std::size_t p, std::size_t age_y, std::size_t age_z) {
    return layers_[t % layers_.size()][(p * ages_ + age_y) * ages_ + age_z];
  }
  std::uint32_t value(std::size_t t, std::size_t p, std::size_t age_y, std::size_t age_z) {
    return t >= horizon_ ? 0 : cell(t, p, age_y, age_z);
  }
  /// The same, of models that may stand in either order.
  std::uint32_t value_of(std::size_t t, std::size_t a, std::size_t age_a, std::size_t b, std::size_t age_b) {
    const auto p = pair_of_[a * (models_ + 1) + b];
    return pairs_[p].first == a ? value(t, p, age_a, age_b) : value(t, p, age_b, age_a);
  }

  void decide(std::size_t t, std::size_t p) {
    const auto [y, z] = pairs_[p];
    for (std::size_t age_y = 0; age_y < ages_; ++age_y)
      for (std::size_t age_z = 0; age_z <= oldest(z); ++age_z) {
        auto best =
            late(y, t, age_y, 1) + late(z, t, age_z, 1) + value(t + 1, p, later(y, age_y, 1), later(z, age_z, 1));
        if (best > 0) best = std::min(best, load(t, y, age_y, z, age_z));
        if (best > 0 && !phantom(z)) best = std::min(best, load(t, z, age_z, y, age_y));
        cell(t, p, age_y, age_z) = best;
      }
  }

  /// Loading `y` now in the place of whichever model is best, while `other` stays away.
  std::uint32_t load(std::size_t t, std::size_t y, std::size_t age_y, std::size_t other, std::size_t age_other) {
    const auto takes = loads_[y];
    auto best = UINT32_MAX;
    for (std::size_t victim = 0; victim < models_; ++victim) {
      if (victim == y || victim == other) continue;
      const auto left = leaves_[victim];
      best = std::min(best, late(victim, t, left, takes) + value_of(t + takes, victim, later(victim, left, takes),
                                                                    other, later(other, age_other, takes)));
    }
    return best == UINT32_MAX ? best : best + late(y, t, age_y, takes) + late(other, t, age_other, takes);
  }

  std::size_t models_;
  bool real_pairs_;
  double limit_, step_;
  std::size_t ages_;
  std::vector<std::size_t> loads_, leaves_; // by model
  std::vector<std::pair<std::size_t, std::size_t>> pairs_;
  std::vector<std::size_t> pair_of_;
  std::vector<wish> wishes_;
  std::size_t horizon_ = 0;
  std::uint32_t late_anyway_ = 0;
  std::vector<std::vector<std::uint32_t>> late_;
  std::vector<std::vector<std::uint32_t>> layers_; // of the steps that a load may reach to
};

} // namespace

std::optional<double> least_p95(const workload& w, const std::function<bool(const job&)>& counts, double reached) {
  const auto away = w.server.models.size() - most_together(w.server);
  if (away < 1 || away > 2 || w.server.models.size() < 2 || !std::isfinite(reached)) return std::nullopt;
  std::vector<const job*> all;
  for (const auto& j : w.jobs)
    if (counts(j)) all.push_back(&j);
  if (all.empty()) return std::nullopt;
  const auto may_be_late = all.size() - 1 - static_cast<std::size_t>(0.95 * static_cast<double>(all.size() - 1));
  const double most_steps = away == 2 && w.server.models.size() > 3 ? 48 : 96;
  double impossible = 0, possible = reached;
  for (int n = 0; n < halvings; ++n) {
    const auto limit = (impossible + possible) / 2, step = std::max(shortest_step, limit / most_steps);
    if (step > shortest_load(w.server)) return std::nullopt;
    courses c{w, away, limit, step};
    for (const auto* j : all)
      c.add(*j, w.server.models[j->model]);
    (c.fewest_late() > may_be_late ? impossible : possible) = limit;
  }
  return impossible;
}

} // namespace logos::bench
