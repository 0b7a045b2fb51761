// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/scheduler.hpp"
#include "tests/support/virtual_system.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace logos::scheduling {

inline core::uuid request(std::uint64_t id) { return core::uuid::from_halves(9, id); }

inline actors::ticket ticket(std::uint64_t id, std::int64_t deployment = 100, bool sole = true) {
  actors::ticket t;
  t.request = request(id);
  t.deployment_id = deployment;
  t.provider_id = 1;
  t.model_id = deployment;
  t.process_id = 1;
  t.sole = sole;
  t.patience_us = 300'000'000;
  return t;
}

inline actors::release release_of(const actors::offer& o, core::ec code = core::ec::none, std::uint16_t status = 200) {
  actors::release r;
  r.permit = o.permit;
  r.epoch = o.epoch;
  r.deployment_id = o.deployment_id;
  r.code = static_cast<std::uint8_t>(code);
  r.status = status;
  r.duration_us = 1'000'000;
  return r;
}

/// A SCHEDULER of provider 1, gpu-1, with one requester, in virtual time.
class scheduler_fixture : public tests::virtual_system {
protected:
  static actors::provider_terms terms(std::uint32_t parallel, std::uint32_t max_in_flight = 0) {
    actors::provider_terms t;
    t.provider_id = 1;
    t.name = "gpu-1";
    t.parallel = parallel;
    t.max_in_flight = max_in_flight;
    return t;
  }

  void start(std::uint32_t parallel, std::uint32_t max_in_flight = 0) { start(terms(parallel, max_in_flight)); }
  void start(const actors::provider_terms& t) {
    // As a cluster's NODE would: every SCHEDULER has a greater epoch than the one before.
    right_ = std::make_shared<lease>(++epoch_, lease_end_);
    scheduler_ = host<scheduler>("scheduler/gpu-1", t, right_, clock());
    if (!ingress_) ingress_ = host<tests::probe_requester>("ingress/0", &log_);
  }
  void crash() {
    kill(scheduler_);
    scheduler_ = nullptr;
  }

  void ask_for(const actors::ticket& t) { tell(scheduler_, t, ingress_); }
  void ask_for(std::uint64_t id) { ask_for(ticket(id)); }
  void observe(bool reachable, std::string detail = {}) {
    actors::provider_observation seen;
    seen.provider_id = 1;
    seen.reachable = reachable;
    seen.detail = std::move(detail);
    tell(scheduler_, seen);
  }
  actors::requester_actor requester(std::string name, tests::requester_log& log) {
    return host<tests::probe_requester>(std::move(name), &log);
  }

  std::string state() { return ask<actors::actor_status>(scheduler_, atom::status_v).state; }
  const oddities& strays() { return inside().strays(); }
  scheduler& inside() {
    return dynamic_cast<actors::hosted<scheduler>&>(*caf::actor_cast<caf::abstract_actor*>(scheduler_)).state();
  }
  /// Ids of the requests that were offered a place, in order.
  std::vector<std::uint64_t> offered() const {
    std::vector<std::uint64_t> found;
    for (const auto& o : log_.offers)
      found.push_back(o.request.low());
    return found;
  }

  using ids = std::vector<std::uint64_t>;
  std::uint64_t epoch_ = 0;
  core::steady_time lease_end_ = core::steady_time::max();
  std::shared_ptr<lease> right_;
  actors::scheduler_actor scheduler_;
  tests::requester_log log_;
  actors::requester_actor ingress_;
};

} // namespace logos::scheduling
