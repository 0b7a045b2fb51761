// SPDX-License-Identifier: MIT
#include "bench/scheduling/policies/residency_plan.hpp"

#include "actors/scheduling/queue.hpp"
#include "actors/scheduling/residency.hpp"
#include "actors/scheduling/service_times.hpp"

namespace logos::bench {
namespace {

constexpr std::uint32_t usual_answer = 256; // tokens that a request is estimated at, above its prompt

std::chrono::microseconds in_us(span d) { return std::chrono::duration_cast<std::chrono::microseconds>(d); }

class planned : public policy {
public:
  planned(machine& m, bool ranks) : machine_{m}, ranks_{ranks}, of_(m.models()), service_(m.models()) {
    plan_.room(m.facts().vram_mb << 20, 0);
    scheduling::places::own_limits own;
    for (model_index i = 0; i < m.models(); ++i) {
      plan_.describe(i, {.bytes = m.facts().models[i].vram_mb << 20, .load = {}, .pinned = false});
      own.emplace_back(i, m.facts().models[i].parallel);
    }
    places_.limit(0, 0, own);
    for (model_index i = 0; i < m.models(); ++i)
      static_cast<void>(places_.lane_of(i));
  }

  void arrived(const job& j) override {
    scheduling::waiting w{.request = core::uuid::from_halves(1, j.index), .lane = j.model, .arrived = j.arrival};
    w.deadline = j.arrival + (j.deadline.count() > 0 ? j.deadline : patience);
    if (ranks_) {
      w.process_id = j.key;
      w.priority = j.priority;
      w.mode = j.batch ? 1 : 0;
      w.tokens = j.prompt_tokens + usual_answer;
    } else {
      w.deadline = j.arrival + patience;
    }
    queue_.push(w);
    act();
  }
  void ended(const job& j) override {
    places_.put_back(j.model);
    auto& mean = service_[j.model];
    const auto took = j.service(machine_.facts().models[j.model]);
    mean = mean.count() == 0 ? took : mean + (took - mean) / 8;
    times_.observe(j.model, in_us(took).count());
    learn();
    act();
  }
  void loaded(model_index m) override {
    plan_.warm(m, machine_.now());
    learn();
    machine_.wake_at(machine_.now() + scheduling::residency::residencies * plan_.load_of(m));
    act();
  }
  void unloaded(model_index m) override {
    plan_.gone(m);
    act();
  }
  void timer() override { act(); }

private:
  void learn() {
    auto pace = times_.typical();
    for (model_index m = 0; m < machine_.models(); ++m)
      pace = std::max(pace, plan_.load_of(m));
    queue_.pace(pace);
  }

  void act() {
    const auto admits = [this](scheduling::lane l) { return plan_.admits(l); };
    while (const auto w = queue_.next(places_, machine_.now(), admits)) {
      places_.take(w->lane);
      machine_.start(static_cast<job_index>(w->request.low()));
    }
    for (model_index m = 0; m < machine_.models(); ++m) {
      of_[m].first = queue_.first(m);
      of_[m].in_flight = machine_.running(m);
      of_[m].waited = queue_.waited(m, machine_.now());
      of_[m].work = in_us(service_[m] * queue_.size(m) / machine_.facts().models[m].parallel);
    }
    const auto todo = plan_.decide(of_, machine_.now());
    for (const auto m : todo.unload)
      machine_.unload(m);
    if (todo.load) machine_.load(*todo.load);
  }

  machine& machine_;
  bool ranks_;
  scheduling::residency plan_;
  scheduling::places places_;
  scheduling::queue queue_;
  scheduling::service_times times_;
  std::vector<scheduling::residency::demand> of_;
  std::vector<span> service_; // learned
};

} // namespace

contender residency_plan(bool ranks) {
  return {ranks ? "Logos" : "Logos, by arrival", [ranks](machine& m) { return std::make_unique<planned>(m, ranks); }};
}

} // namespace logos::bench
