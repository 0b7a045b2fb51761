// SPDX-License-Identifier: MIT
#include "bench/scheduling/policies/fcfs.hpp"

#include "bench/scheduling/policies/ollama_server.hpp"

#include <set>
#include <tuple>

namespace logos::bench {
namespace {

using std::chrono::seconds;

constexpr int low = 1, normal = 5, high = 10;

struct settings {
  bool by_priority = true;
  bool ageing = false;
  span longest_wait{0}; // 0: no limit
};

class first_come : public policy {
public:
  first_come(machine& m, settings s) : machine_{m}, settings_{s}, server_{m}, lanes_(m.models()) {}

  void arrived(const job& j) override {
    lanes_[j.model].waiting.insert(rank_of(j, settings_.by_priority ? j.priority : normal));
    if (settings_.longest_wait.count() > 0) machine_.wake_at(j.arrival + settings_.longest_wait);
    fill(j.model);
  }
  void ended(const job& j) override {
    --lanes_[j.model].in_flight;
    server_.ended(j);
    if (settings_.ageing) age(j.model);
    fill(j.model);
  }
  void loaded(model_index) override { server_.pump(); }
  void unloaded(model_index) override { server_.pump(); }
  void timer() override {
    for (auto& l : lanes_)
      for (auto at = l.waiting.begin(); at != l.waiting.end();) {
        const auto& j = machine_.job_at(at->job);
        if (settings_.longest_wait.count() > 0 && machine_.now() - j.arrival >= settings_.longest_wait) {
          machine_.refuse(j.index);
          at = l.waiting.erase(at);
        } else {
          ++at;
        }
      }
    server_.pump();
  }

private:
  struct rank {
    int behind;
    instant arrival;
    job_index job;
    bool operator<(const rank& o) const {
      return std::tie(behind, arrival, job) < std::tie(o.behind, o.arrival, o.job);
    }
  };
  struct lane {
    std::set<rank> waiting{};
    unsigned in_flight = 0;
  };
  static rank rank_of(const job& j, int priority) { return {-priority, j.arrival, j.index}; }

  void age(model_index m) {
    std::set<rank> aged;
    for (const auto& r : lanes_[m].waiting) {
      const auto& j = machine_.job_at(r.job);
      const auto waited = machine_.now() - j.arrival;
      // What was never low is never promoted.
      const int reached = waited > seconds{30} ? high : waited > seconds{10} ? normal : low;
      aged.insert(j.priority == low ? rank_of(j, reached) : r);
    }
    lanes_[m].waiting = std::move(aged);
  }

  void fill(model_index m) {
    auto& l = lanes_[m];
    while (!l.waiting.empty() && l.in_flight < machine_.facts().models[m].parallel) {
      const auto j = l.waiting.begin()->job;
      l.waiting.erase(l.waiting.begin());
      ++l.in_flight;
      server_.enter(machine_.job_at(j));
    }
  }

  machine& machine_;
  settings settings_;
  ollama_server server_;
  std::vector<lane> lanes_;
};

} // namespace

contender plain_first_come() {
  return {"FCFS", [](machine& m) { return std::make_unique<first_come>(m, settings{.by_priority = false}); }};
}

contender first_come_with_places() {
  return {"priority, places", [](machine& m) { return std::make_unique<first_come>(m, settings{}); }};
}

contender upstream_first_come() {
  return {"upstream FCFS", [](machine& m) {
            return std::make_unique<first_come>(m, settings{.ageing = true, .longest_wait = seconds{300}});
          }};
}

} // namespace logos::bench
