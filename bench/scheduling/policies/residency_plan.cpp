// SPDX-License-Identifier: MIT
#include "bench/scheduling/policies/residency_plan.hpp"

#include "actors/scheduling/residency.hpp"

#include <set>

namespace logos::bench {
namespace {

class planned : public policy {
public:
  explicit planned(machine& m) : machine_{m}, waiting_(m.models()), of_(m.models()), service_(m.models()) {
    plan_.room(m.facts().vram_mb << 20, 0);
    for (model_index i = 0; i < m.models(); ++i)
      plan_.describe(i, {.bytes = m.facts().models[i].vram_mb << 20, .load = {}, .pinned = false});
  }

  void arrived(const job& j) override {
    waiting_[j.model].emplace(j.arrival, j.index);
    act();
  }
  void ended(const job& j) override {
    auto& mean = service_[j.model];
    const auto took = j.service(machine_.facts().models[j.model]);
    mean = mean.count() == 0 ? took : mean + (took - mean) / 8;
    act();
  }
  void loaded(model_index m) override {
    plan_.warm(m, machine_.now());
    machine_.wake_at(machine_.now() + scheduling::residency::residencies * plan_.load_of(m));
    act();
  }
  void unloaded(model_index m) override {
    plan_.gone(m);
    act();
  }
  void timer() override { act(); }

private:
  void act() {
    for (model_index m = 0; m < machine_.models(); ++m)
      while (plan_.admits(m) && !waiting_[m].empty() && machine_.has_slot(m)) {
        machine_.start(waiting_[m].begin()->second);
        waiting_[m].erase(waiting_[m].begin());
      }
    for (model_index m = 0; m < machine_.models(); ++m) {
      of_[m].first.reset();
      if (!waiting_[m].empty()) of_[m].first = waiting_[m].begin()->first;
      of_[m].in_flight = machine_.running(m);
      span waited{0};
      for (const auto& [arrival, j] : waiting_[m])
        waited += machine_.now() - arrival;
      of_[m].waited = std::chrono::duration_cast<std::chrono::microseconds>(waited);
      of_[m].work = std::chrono::duration_cast<std::chrono::microseconds>(service_[m] * waiting_[m].size() /
                                                                          machine_.facts().models[m].parallel);
    }
    const auto todo = plan_.decide(of_, machine_.now());
    for (const auto m : todo.unload)
      machine_.unload(m);
    if (todo.load) machine_.load(*todo.load);
  }

  machine& machine_;
  scheduling::residency plan_;
  std::vector<std::set<std::pair<instant, job_index>>> waiting_; // per model, the first to be served first
  std::vector<scheduling::residency::demand> of_;
  std::vector<span> service_; // learned
};

} // namespace

contender residency_plan() {
  return {"Logos", [](machine& m) { return std::make_unique<planned>(m); }};
}

} // namespace logos::bench
