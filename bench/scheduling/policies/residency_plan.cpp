// SPDX-License-Identifier: MIT
#include "bench/scheduling/policies/residency_plan.hpp"

#include "actors/scheduling/memory.hpp"
#include "actors/scheduling/queue.hpp"
#include "actors/scheduling/service_times.hpp"

#include <optional>
#include <unordered_map>

namespace logos::bench {
namespace {

constexpr std::uint32_t usual_answer = 256; // tokens that a request is estimated at, above its prompt

std::chrono::microseconds in_us(span d) { return std::chrono::duration_cast<std::chrono::microseconds>(d); }

/// What a SCHEDULER does with its queue, its places and its provider's memory; the machine is its provider and, as it
/// tells what lies in memory at every change, its MONITOR.
class planned : public policy {
public:
  planned(machine& m, bool ranks) : machine_{m}, ranks_{ranks} {
    actors::provider_terms terms;
    terms.memory_bytes = m.facts().vram_mb << 20;
    for (model_index i = 0; i < m.models(); ++i) {
      const auto& model = m.facts().models[i];
      terms.deployments.emplace_back();
      terms.deployments.back().deployment_id = i;
      terms.deployments.back().model = model.name;
      terms.parallel_of.emplace_back(i, model.parallel);
      index_.emplace(model.name, i);
    }
    places_.limit(0, 0, terms.parallel_of);
    for (model_index i = 0; i < m.models(); ++i)
      static_cast<void>(places_.lane_of(i)); // so that lanes are numbered as the machine's models
    memory_.adopt(terms, places_);
    observe();
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
    times_.observe(j.model, in_us(j.service(machine_.facts().models[j.model])).count());
    queue_.pace(memory_.pace(times_));
    act();
  }
  void loaded(model_index) override {
    observe();
    act();
  }
  void unloaded(model_index) override {
    observe();
    act();
  }
  void timer() override { act(); }

private:
  void observe() {
    actors::provider_observation seen;
    seen.reachable = seen.lists_memory = true;
    for (model_index m = 0; m < machine_.models(); ++m) {
      if (machine_.at(m) != stage::warm && machine_.at(m) != stage::unloading) continue;
      const auto& model = machine_.facts().models[m];
      seen.loaded_models.emplace_back();
      auto& there = seen.loaded_models.back();
      there.name = model.name;
      there.bytes = there.vram_bytes = model.vram_mb << 20;
      there.load_us = in_us(model.load_time).count();
    }
    memory_.observe(seen, machine_.now());
    queue_.pace(memory_.pace(times_));
  }

  void act() {
    const auto now = machine_.now();
    // What the server throws out by itself is seen only when it is gone; until then requests wait inside the server.
    const auto admits = [this](scheduling::lane l) { return memory_.admits(l) && machine_.at(l) == stage::warm; };
    while (const auto w = queue_.next(places_, now, admits)) {
      places_.take(w->lane);
      machine_.start(static_cast<job_index>(w->request.low()));
    }
    for (const auto& order : memory_.decide(queue_, places_, times_, now)) {
      const auto m = index_.at(order.model);
      if (order.load)
        coming_ = m;
      else
        machine_.unload(m);
    }
    load();
    // As the SCHEDULER's reminder: one at a time.
    const auto next = memory_.next_change(now);
    if (!next || (armed_for_ > now && armed_for_ <= *next)) return;
    armed_for_ = *next;
    machine_.wake_at(armed_for_);
  }

  /// Whoever is larger than the plan took it for is given room by the server: by whom nobody uses.
  void load() {
    if (!coming_) return;
    for (model_index m = 0; m < machine_.models() && !machine_.fits(*coming_); ++m)
      if (machine_.can_unload(m)) machine_.unload(m);
    if (!machine_.can_load(*coming_)) return;
    machine_.load(*coming_);
    coming_.reset();
  }

  machine& machine_;
  bool ranks_;
  std::optional<model_index> coming_;
  scheduling::memory memory_;
  scheduling::places places_;
  scheduling::queue queue_;
  scheduling::service_times times_;
  std::unordered_map<std::string, model_index> index_;
  instant armed_for_{};
};

} // namespace

contender residency_plan(bool ranks) {
  return {ranks ? "Logos" : "Logos, by arrival", [ranks](machine& m) { return std::make_unique<planned>(m, ranks); }};
}

} // namespace logos::bench
