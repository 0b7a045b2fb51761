// SPDX-License-Identifier: MIT
#include "bench/scheduling/search/plan.hpp"

#include <algorithm>
#include <numeric>

namespace logos::bench {
namespace {

class planned : public policy {
public:
  planned(machine& m, const plan& p) : machine_{m}, plan_{p}, arrived_(m.models()), left_(m.models()) {}

  void arrived(const job& j) override {
    auto& heap = arrived_[j.model];
    heap.push_back({plan_.rank[j.index], j.index});
    std::push_heap(heap.begin(), heap.end(), std::greater<>{});
    if (!begun_) {
      begun_ = true;
      visit();
    }
    fill(j.model);
    // The last job of a visit may just have begun; whether its model may go shows when it ends.
  }
  void ended(const job& j) override {
    fill(j.model);
    visit();
  }
  void loaded(model_index m) override {
    fill(m);
    visit();
  }
  void unloaded(model_index) override { visit(); }

private:
  void fill(model_index m) {
    auto& heap = arrived_[m];
    while (left_[m] > 0 && !heap.empty() && machine_.has_slot(m)) {
      std::pop_heap(heap.begin(), heap.end(), std::greater<>{});
      machine_.start(heap.back().second);
      heap.pop_back();
      --left_[m];
    }
  }

  /// Begins visits in their order, as far as there is room.
  void visit() {
    for (; next_ < plan_.visits.size(); ++next_) {
      const auto& v = plan_.visits[next_];
      const auto at = machine_.at(v.model);
      if (at == stage::unloading || (at == stage::cold && !make_room(v.model))) return;
      if (at == stage::cold) machine_.load(v.model);
      left_[v.model] += v.jobs;
      if (at == stage::warm) fill(v.model);
    }
  }

  bool make_room(model_index m) {
    if (machine_.busy_loading()) return false;
    if (machine_.fits(m)) return true;
    const auto& models = machine_.facts().models;
    auto coming = machine_.free_mb();
    for (model_index other = 0; other < models.size(); ++other)
      if (machine_.at(other) == stage::unloading) coming += models[other].vram_mb;
    while (coming < models[m].vram_mb) {
      std::size_t farthest = 0;
      model_index victim = m;
      for (model_index other = 0; other < models.size(); ++other) {
        if (left_[other] > 0 || !machine_.can_unload(other)) continue;
        const auto use = next_use(other);
        if (victim == m || use > farthest) victim = other, farthest = use;
      }
      if (victim == m) return false;
      coming += models[victim].vram_mb;
      machine_.unload(victim);
    }
    return false;
  }

  std::size_t next_use(model_index m) const {
    auto at = next_;
    while (at < plan_.visits.size() && plan_.visits[at].model != m)
      ++at;
    return at;
  }

  machine& machine_;
  const plan& plan_;
  std::vector<std::vector<std::pair<std::uint32_t, job_index>>> arrived_;
  std::vector<std::uint32_t> left_;
  std::size_t next_ = 0;
  bool begun_ = false;
};

} // namespace

policy_maker carry_out(const plan& p) {
  return [&p](machine& m) { return std::make_unique<planned>(m, p); };
}

plan plan_of(const workload& w, const trace& t) {
  plan p;
  std::vector<std::uint32_t> missing(w.server.models.size());
  for (const auto& j : w.jobs)
    ++missing[j.model];
  for (const auto& r : t.residences) {
    p.visits.push_back({r.model, r.served});
    missing[r.model] -= r.served;
  }
  for (model_index m = 0; m < missing.size(); ++m)
    p.visits.push_back({m, missing[m]});
  std::vector<job_index> order(w.jobs.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](job_index a, job_index b) { return t.jobs[a].started < t.jobs[b].started; });
  p.rank.resize(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i)
    p.rank[order[i]] = i;
  tidy(p);
  return p;
}

void tidy(plan& p) {
  std::size_t kept = 0;
  for (const auto v : p.visits) {
    if (v.jobs == 0) continue;
    if (kept > 0 && p.visits[kept - 1].model == v.model)
      p.visits[kept - 1].jobs += v.jobs;
    else
      p.visits[kept++] = v;
  }
  p.visits.resize(kept);
}

} // namespace logos::bench
