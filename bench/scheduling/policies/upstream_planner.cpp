// SPDX-License-Identifier: MIT
#include "bench/scheduling/policies/upstream_planner.hpp"

#include "bench/scheduling/policies/lanes.hpp"

#include <algorithm>
#include <deque>

namespace logos::bench {
namespace {

using std::chrono::seconds;

constexpr span cycle = seconds{10}, longest_wait = seconds{1200}, burst_window = seconds{10};
constexpr span tenure = seconds{5}, tenure_with_waiters = seconds{15}, longest_drain = seconds{60};
constexpr double decay = 0.7, dropped_below = 0.01, load_floor = 1.0, over_idle = 2, over_busy = 3;
constexpr std::size_t burst = 5, busy_needs_queue = 2;

class planner : public policy {
public:
  explicit planner(machine& m) : machine_{m}, lanes_{m}, models_(m.models()) {}

  void arrived(const job& j) override {
    auto& s = models_[j.model];
    s.recent.push_back(machine_.now());
    while (machine_.now() - s.recent.front() > burst_window)
      s.recent.pop_front();
    s.demand += s.recent.size() >= burst ? 1.5 : 1;
    lanes_.push(j);
    machine_.wake_at(j.arrival + longest_wait);
    if (!cycling_) begin_cycle();
    serve();
    plan();
  }
  void ended(const job&) override { serve(); }
  void loaded(model_index m) override {
    if (target_ == m) target_.reset();
    serve();
  }
  void unloaded(model_index m) override {
    models_[m].draining = false;
    serve();
  }
  void timer() override {
    lanes_.expire(longest_wait);
    if (machine_.now() >= next_cycle_) {
      for (auto& s : models_)
        if ((s.demand *= decay) < dropped_below) s.demand = 0;
      cycling_ = false;
      for (model_index m = 0; m < machine_.models(); ++m)
        if (lanes_.size(m) > 0 || machine_.running(m) > 0) cycling_ = true;
      if (cycling_) begin_cycle();
      plan();
    }
    serve();
  }

private:
  struct state {
    double demand = 0;
    std::deque<instant> recent{};
    bool draining = false;
    instant drained_since{};
  };

  void begin_cycle() {
    cycling_ = true;
    next_cycle_ = machine_.now() + cycle;
    machine_.wake_at(next_cycle_);
  }
  double effective(model_index m) const { return models_[m].demand + 0.5 * static_cast<double>(lanes_.size(m)); }

  void serve() {
    for (model_index m = 0; m < machine_.models(); ++m) {
      auto& s = models_[m];
      if (s.draining && machine_.now() - s.drained_since > longest_drain) give_up();
      if (s.draining && machine_.can_unload(m)) machine_.unload(m);
      if (!s.draining) lanes_.fill(m);
    }
    if (target_ && machine_.can_load(*target_)) machine_.load(*target_);
  }

  /// A drain that takes too long: the victims serve on, the target waits for a later cycle.
  void give_up() {
    for (model_index m = 0; m < machine_.models(); ++m)
      if (machine_.at(m) == stage::warm) models_[m].draining = false;
    target_.reset();
  }

  void plan() {
    if (target_) return;
    std::optional<model_index> best;
    for (model_index m = 0; m < machine_.models(); ++m)
      // The floor is for loading ahead: a request that waits has its lane prepared anyway.
      if (machine_.at(m) == stage::cold && (effective(m) >= load_floor || lanes_.size(m) > 0) &&
          (!best || effective(m) > effective(*best)))
        best = m;
    if (!best) return;
    auto free = machine_.free_mb();
    std::vector<model_index> victims;
    while (free < machine_.facts().models[*best].vram_mb) {
      const auto v = find_victim(*best, victims);
      if (!v) return;
      victims.push_back(*v);
      free += machine_.facts().models[*v].vram_mb;
    }
    for (const auto v : victims) {
      models_[v].draining = true;
      models_[v].drained_since = machine_.now();
    }
    target_ = best;
    serve();
  }

  std::optional<model_index> find_victim(model_index target, const std::vector<model_index>& taken) const {
    std::optional<model_index> best;
    const auto busy = [&](model_index m) { return machine_.running(m) > 0 || lanes_.size(m) > 0; };
    for (model_index m = 0; m < machine_.models(); ++m) {
      if (machine_.at(m) != stage::warm || std::find(taken.begin(), taken.end(), m) != taken.end()) continue;
      const auto stayed = machine_.now() - machine_.warm_since(m);
      if (stayed < (lanes_.size(m) > 0 ? tenure_with_waiters : tenure)) continue;
      if (busy(m) && lanes_.size(target) < busy_needs_queue) continue;
      if (effective(target) <= effective(m) * (busy(m) ? over_busy : over_idle)) continue;
      if (!best || std::tuple{busy(m), effective(m)} < std::tuple{busy(*best), effective(*best)}) best = m;
    }
    return best;
  }

  machine& machine_;
  lanes lanes_;
  std::vector<state> models_;
  std::optional<model_index> target_;
  bool cycling_ = false;
  instant next_cycle_{};
};

} // namespace

contender upstream_planner() {
  return {"upstream planner", [](machine& m) { return std::make_unique<planner>(m); }};
}

} // namespace logos::bench
