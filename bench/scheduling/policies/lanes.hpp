// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/policy.hpp"

#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace logos::bench {

/// One queue per model, the highest priority first, then whoever came first: what policies that plan the memory
/// themselves have in common.
class lanes {
public:
  explicit lanes(machine& m) : machine_{m}, waiting_(m.models()) {}

  void push(const job& j) { waiting_[j.model].insert({-int{j.priority}, j.index}); }
  std::size_t size(model_index m) const { return waiting_[m].size(); }
  /// Arrival of whoever has waited longest.
  std::optional<instant> oldest(model_index m) const {
    std::optional<job_index> first;
    for (const auto& [behind, j] : waiting_[m])
      if (!first || j < *first) first = j;
    return first ? std::optional{machine_.job_at(*first).arrival} : std::nullopt;
  }
  /// Serves as many of a model as there are free slots.
  void fill(model_index m) {
    while (!waiting_[m].empty() && machine_.has_slot(m))
      machine_.start(pop(m));
  }
  job_index pop(model_index m) {
    const auto j = waiting_[m].begin()->second;
    waiting_[m].erase(waiting_[m].begin());
    return j;
  }
  /// Refuses whoever has waited longer.
  void expire(span longest) {
    for (auto& lane : waiting_)
      for (auto at = lane.begin(); at != lane.end();) {
        if (machine_.now() - machine_.job_at(at->second).arrival < longest) {
          ++at;
          continue;
        }
        machine_.refuse(at->second);
        at = lane.erase(at);
      }
  }

private:
  machine& machine_;
  std::vector<std::set<std::pair<int, job_index>>> waiting_;
};

} // namespace logos::bench
