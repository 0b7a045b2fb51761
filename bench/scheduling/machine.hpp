// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/trace.hpp"

#include <cstdint>
#include <queue>
#include <vector>

namespace logos::bench {

enum class stage : std::uint8_t { cold, loading, warm, unloading };

/// What happens at a moment, in this order.
enum class event_kind : std::uint8_t { unloaded, loaded, ended, first_token, arrived, timer };

struct event {
  instant at{};
  event_kind kind{};
  std::uint32_t subject = 0; // a model or a job

  bool operator>(const event& o) const {
    return at != o.at ? at > o.at : kind != o.kind ? kind > o.kind : subject > o.subject;
  }
};

/// The server in virtual time, as a policy acts on it. What is impossible ends the program: it is a policy's bug.
class machine {
public:
  explicit machine(const workload& w);

  instant now() const { return now_; }
  const workload& load() const { return work_; }
  const server_facts& facts() const { return work_.server; }
  const job& job_at(job_index j) const { return work_.jobs[j]; }
  std::size_t models() const { return facts().models.size(); }

  stage at(model_index m) const { return models_[m].at; }
  unsigned running(model_index m) const { return models_[m].running; }
  /// Jobs that have arrived and neither started nor been refused.
  unsigned waiting(model_index m) const { return models_[m].waiting; }
  std::uint64_t free_mb() const { return facts().vram_mb - used_mb_; }
  /// Since when a model has been warm; of others undefined.
  instant warm_since(model_index m) const { return models_[m].warm_since; }
  bool busy_loading() const { return loading_ > 0; }
  bool fits(model_index m) const { return facts().models[m].vram_mb <= free_mb(); }

  bool can_load(model_index m) const { return at(m) == stage::cold && fits(m) && !busy_loading(); }
  bool can_unload(model_index m) const { return at(m) == stage::warm && running(m) == 0; }
  bool has_slot(model_index m) const { return at(m) == stage::warm && running(m) < facts().models[m].parallel; }

  void load(model_index m);
  void unload(model_index m);
  /// Serves a job that has arrived, on a free slot of its model.
  void start(job_index j);
  /// The job is answered with an error.
  void refuse(job_index j);
  /// The policy is told `timer` then. Earlier wishes stand.
  void wake_at(instant t);

  /// For the loop that runs a policy: the next events, all of one moment, carried out on the server's own state; those
  /// the policy has to be told of, in order. False: nothing will happen any more.
  bool advance(std::vector<event>& happened);
  /// Ends the run; whoever still waits is refused.
  trace finish();

private:
  struct model_state {
    stage at = stage::cold;
    unsigned running = 0, waiting = 0;
    std::uint32_t residence = 0;
    instant warm_since{};
  };
  void pass_to(instant t);
  void carry_out(const event& e);

  const workload& work_;
  std::vector<model_state> models_;
  std::priority_queue<event, std::vector<event>, std::greater<>> events_;
  instant now_{};
  job_index next_arrival_ = 0;
  std::uint64_t used_mb_ = 0;
  unsigned loading_ = 0, running_ = 0, waiting_ = 0;
  trace trace_;
};

} // namespace logos::bench
