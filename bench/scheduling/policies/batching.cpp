// SPDX-License-Identifier: MIT
#include "bench/scheduling/policies/batching.hpp"

#include "bench/scheduling/policies/lanes.hpp"

namespace logos::bench {
namespace {

class batcher : public policy {
public:
  batcher(machine& m, span longest_wait, span shortest_stay)
      : machine_{m},
        lanes_{m},
        fenced_(m.models()),
        longest_wait_{longest_wait},
        shortest_stay_{shortest_stay} {}

  void arrived(const job& j) override {
    lanes_.push(j);
    machine_.wake_at(j.arrival + longest_wait_);
    act();
  }
  void ended(const job&) override { act(); }
  void loaded(model_index m) override {
    machine_.wake_at(machine_.now() + shortest_stay_);
    if (target_ == m) target_.reset();
    act();
  }
  void unloaded(model_index m) override {
    fenced_[m] = false;
    act();
  }
  void timer() override { act(); }

private:
  void act() {
    for (model_index m = 0; m < machine_.models(); ++m)
      if (!fenced_[m]) lanes_.fill(m);
    if (!target_) choose();
    if (target_ && machine_.can_load(*target_)) machine_.load(*target_);
    for (model_index m = 0; m < machine_.models(); ++m)
      if (fenced_[m] && machine_.can_unload(m)) machine_.unload(m);
  }

  /// Takes the cold model whose first has waited longest, and fences whatever stands in its way, if it may.
  void choose() {
    std::optional<instant> longest;
    std::optional<model_index> wanted;
    for (model_index m = 0; m < machine_.models(); ++m) {
      const auto since = lanes_.oldest(m);
      if (machine_.at(m) != stage::cold || !since || (longest && *since >= *longest)) continue;
      longest = since;
      wanted = m;
    }
    if (!wanted) return;
    auto free = machine_.free_mb();
    const auto need = machine_.facts().models[*wanted].vram_mb;
    std::vector<model_index> victims;
    while (free < need) {
      const auto victim = find_victim(victims, machine_.now() - *longest >= longest_wait_);
      if (!victim) return;
      victims.push_back(*victim);
      free += machine_.facts().models[*victim].vram_mb;
    }
    for (const auto v : victims)
      fenced_[v] = true;
    target_ = wanted;
  }

  /// Who has nothing to do first, then the one that came first.
  std::optional<model_index> find_victim(const std::vector<model_index>& taken, bool overdue) const {
    std::optional<model_index> best;
    const auto rank = [&](model_index m) {
      return std::tuple{lanes_.size(m) > 0, machine_.running(m) > 0, machine_.warm_since(m)};
    };
    for (model_index m = 0; m < machine_.models(); ++m) {
      if (machine_.at(m) != stage::warm || std::find(taken.begin(), taken.end(), m) != taken.end()) continue;
      const bool stays = machine_.now() - machine_.warm_since(m) < shortest_stay_;
      if (lanes_.size(m) > 0 && (!overdue || stays)) continue;
      if (!best || rank(m) < rank(*best)) best = m;
    }
    return best;
  }

  machine& machine_;
  lanes lanes_;
  std::vector<bool> fenced_;
  std::optional<model_index> target_;
  span longest_wait_, shortest_stay_;
};

} // namespace

contender batching(span longest_wait, span shortest_stay) {
  const auto whole = [](span d) { return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(d).count()); };
  return {"batching " + whole(longest_wait) + " s",
          [=](machine& m) { return std::make_unique<batcher>(m, longest_wait, shortest_stay); }};
}

} // namespace logos::bench
