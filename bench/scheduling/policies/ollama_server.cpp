// SPDX-License-Identifier: MIT
#include "bench/scheduling/policies/ollama_server.hpp"

#include <algorithm>

namespace logos::bench {
namespace {

using simulator::residency;

constexpr std::size_t queue_length = 512; // OLLAMA_MAX_QUEUE

residency residency_of(const server_facts& s) {
  std::vector<residency::needs> needs;
  for (const auto& m : s.models)
    needs.push_back({.name = m.name,
                     .vram_mb = m.vram_mb,
                     .load_time = m.load_time,
                     .parallel = m.parallel,
                     .unload_time = m.unload_time});
  return {std::move(needs), {.vram_mb = s.vram_mb, .keep_alive = s.keep_alive, .max_queue = queue_length}};
}

class raw : public policy {
public:
  explicit raw(machine& m) : server_{m} {}
  void arrived(const job& j) override { server_.enter(j); }
  void ended(const job& j) override { server_.ended(j); }
  void loaded(model_index) override { server_.pump(); }
  void unloaded(model_index) override { server_.pump(); }
  void timer() override { server_.pump(); }

private:
  ollama_server server_;
};

} // namespace

ollama_server::ollama_server(machine& m)
    : machine_{m},
      residency_{residency_of(m.facts())},
      tickets_(m.load().jobs.size()) {}

void ollama_server::enter(const job& j) {
  const auto t = residency_.enter(j.model);
  if (t == 0) return machine_.refuse(j.index);
  inside_.emplace(t, j.index);
  tickets_[j.index] = t;
  pump();
}

void ollama_server::ended(const job& j) {
  residency_.leave(tickets_[j.index], machine_.now());
  pump();
}

void ollama_server::pump() {
  const auto served = residency_.advance(machine_.now());
  std::vector<bool> wanted(machine_.models());
  for (const auto& r : residency_.residents())
    wanted[r.model] = true;
  for (model_index m = 0; m < wanted.size(); ++m)
    if (!wanted[m] && machine_.at(m) == stage::warm) machine_.unload(m);
  for (model_index m = 0; m < wanted.size(); ++m)
    if (wanted[m] && machine_.at(m) == stage::cold) machine_.load(m);
  for (const auto t : served) {
    const auto found = inside_.find(t);
    machine_.start(found->second);
    inside_.erase(found);
  }
  // The machine tells of loads by itself; what remains is the end of a keep-alive.
  if (const auto next = residency_.next_event(); next != never && next != armed_for_) {
    armed_for_ = next;
    machine_.wake_at(next);
  }
}

contender raw_ollama() {
  return {"raw Ollama", [](machine& m) { return std::make_unique<raw>(m); }};
}

} // namespace logos::bench
