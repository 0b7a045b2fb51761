// SPDX-License-Identifier: MIT
// What a permit costs: the SCHEDULER's own logic, and the same as messages between actors on one thread.
#include "actors/hosted.hpp"
#include "actors/scheduling/permits.hpp"
#include "actors/scheduling/queue.hpp"
#include "actors/scheduling/scheduler.hpp"
#include "actors/system.hpp"

#include <benchmark/benchmark.h>
#include <caf/scheduler/test_coordinator.hpp>

namespace logos::scheduling {
namespace {

core::uuid request(std::uint64_t id) { return core::uuid::from_halves(1, id * 0x9E3779B97F4A7C15ULL); }

void permit_logic(benchmark::State& state) {
  places places;
  places.limit(16, 64);
  permits permits{1, places};
  queue queue;
  std::uint64_t n = 0;
  for (auto _ : state) {
    const auto l = places.lane_of(static_cast<std::int64_t>(100 + n % 4));
    const auto now = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(now);
    if (queue.size(l) == 0 && places.has_room(l))
      benchmark::DoNotOptimize(permits.end(permits.begin(request(++n), l, 0, false), 1));
  }
}
BENCHMARK(permit_logic);

/// One ticket queued and one served, with this many waiting: of all levels, 50 keys and 20 lanes.
void queue_decision(benchmark::State& state) {
  places places;
  queue queue;
  std::uint64_t n = 0;
  const auto push = [&] {
    waiting w;
    w.request = request(++n);
    w.lane = places.lane_of(static_cast<std::int64_t>(n % 20));
    w.process_id = static_cast<std::int64_t>(n % 50);
    w.priority = static_cast<std::uint8_t>(1 + n % 10);
    w.arrived = core::steady_time{std::chrono::milliseconds{10 * n}};
    w.deadline = w.arrived + std::chrono::seconds{300};
    w.mode = static_cast<std::uint8_t>(n % 3 == 0);
    w.tokens = static_cast<std::uint32_t>(100 + n * 7919 % 4000);
    queue.push(w);
  };
  for (std::int64_t i = 0; i < state.range(0); ++i)
    push();
  for (auto _ : state) {
    push();
    benchmark::DoNotOptimize(queue.next(places, core::steady_time{std::chrono::milliseconds{10 * n}}));
  }
}
BENCHMARK(queue_decision)->Arg(10)->Arg(1'000)->Arg(10'000)->Arg(100'000);

/// An INGRESS that ends every permit at once.
class eager_requester {
public:
  using handle = actors::requester_actor;
  eager_requester(actors::self_pointer<eager_requester> self, actors::scheduler_actor scheduler)
      : self_{self},
        scheduler_{std::move(scheduler)} {}
  handle::behavior_type make_behavior() {
    return {[this](const actors::offer& o) {
              actors::release r;
              r.permit = o.permit;
              r.epoch = o.epoch;
              r.deployment_id = o.deployment_id;
              r.duration_us = 1000;
              self_->send(scheduler_, r);
            },
            [](const actors::refusal&) {}, [](const actors::slice&) {}, [](atom::recall, std::int64_t) {}};
  }

private:
  actors::self_pointer<eager_requester> self_;
  actors::scheduler_actor scheduler_;
};

/// Ticket, offer and release: three messages, on one thread, without wake-ups.
void permit_messages(benchmark::State& state) {
  actors::system_config cfg;
  cfg.set("scheduler.policy", caf::atom("testing"));
  caf::actor_system system{cfg};
  auto& coordinator = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  const auto run = [&] {
    while (coordinator.try_run_once()) {
    }
  };
  actors::provider_terms terms;
  terms.name = "gpu-1";
  terms.parallel = 16;
  actors::scheduler_actor scheduler = actors::spawn<scheduling::scheduler>(
      system, {"scheduler/gpu-1", "scheduler", ""}, terms, lease::unlimited(1), core::system_clock());
  auto requester = actors::spawn<eager_requester>(system, {"ingress/0", "ingress", ""}, scheduler);
  run();
  std::uint64_t n = 0;
  for (auto _ : state) {
    actors::ticket t;
    t.request = request(++n);
    t.deployment_id = 100;
    t.patience_us = 1'000'000;
    caf::anon_send(scheduler, t, requester);
    run();
  }
  actors::stop_now(scheduler);
  actors::stop_now(requester);
  run();
}
BENCHMARK(permit_messages);

} // namespace
} // namespace logos::scheduling

BENCHMARK_MAIN();
