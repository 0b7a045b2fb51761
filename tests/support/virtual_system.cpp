// SPDX-License-Identifier: MIT
#include "tests/support/virtual_system.hpp"

namespace logos::tests {
namespace {

actors::system_config& under_test_coordinator(actors::system_config& cfg) {
  cfg.set("scheduler.policy", caf::atom("testing"));
  return cfg;
}

} // namespace

virtual_clock::virtual_clock(caf::scheduler::test_coordinator& coordinator) : coordinator_{coordinator} {
  // CAF takes time zero for "no timeout".
  coordinator_.clock().current_time += std::chrono::hours{1};
  start_ = coordinator_.clock().current_time;
}

core::wall_time virtual_clock::wall() const {
  constexpr core::wall_time origin{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  return origin + std::chrono::duration_cast<std::chrono::microseconds>(steady() - start_);
}

core::steady_time virtual_clock::steady() const { return coordinator_.clock().current_time; }

virtual_system::virtual_system()
    : sys_{under_test_coordinator(cfg_)},
      coordinator_{dynamic_cast<caf::scheduler::test_coordinator&>(sys_.scheduler())},
      clock_{coordinator_} {}

virtual_system::~virtual_system() {
  for (const auto& actor : hosted_)
    actors::stop_now(actor);
  hosted_.clear();
  run();
  // Delayed messages hold their receivers.
  coordinator_.clock().cancel_all();
  run();
}

void virtual_system::run() {
  do {
    while (coordinator_.try_run_once()) {
    }
  } while (run_io && run_io() > 0);
}

void virtual_system::advance(std::chrono::microseconds by) {
  auto& clock = coordinator_.clock();
  const auto target = clock.current_time + by;
  run();
  while (!clock.schedule().empty() && clock.schedule().begin()->first <= target) {
    clock.trigger_timeout();
    run();
  }
  clock.current_time = target;
}

probe_requester::handle::behavior_type probe_requester::make_behavior() {
  return {
      [this](const actors::offer& x) {
        log_->offers.push_back(x);
        if (log_->on_offer) log_->on_offer(x);
      },
      [this](const actors::refusal& x) { log_->refusals.push_back(x); },
      [this](const actors::slice& x) { log_->slices.push_back(x); },
      [this](atom::recall, std::int64_t deployment_id) { log_->recalls.push_back(deployment_id); },
  };
}

} // namespace logos::tests
