// SPDX-License-Identifier: MIT
#include "actors/jobs/jobs.hpp"

#include "actors/failures.hpp"

#include <algorithm>
#include <utility>

namespace logos::jobs {
namespace {

using namespace std::chrono_literals;
using core::ec;

constexpr std::chrono::seconds beat{1};
constexpr auto visit_time = 60s;          // the store's own limits come first
constexpr std::uint32_t sweep_every = 60; // beats
constexpr auto last_writing = 2s;         // what a drain waits for the database when the time is up

/// The callback outlives neither: it only sends.
struct report_to {
  actors::jobs_actor whom;
  core::uuid run;
  void operator()(net::collected_answer a) const {
    caf::anon_send(whom, actors::job_answer{run, std::make_shared<net::collected_answer>(std::move(a))});
  }
};

} // namespace

jobs_state::jobs_state(actors::self_pointer<jobs_state> self, jobs_options options)
    : self_{self},
      options_{std::move(options)},
      beat_{self, beat},
      ids_{core::random_seed()},
      incarnation_{ids_.next(core::system_clock().wall()).str()} {}

jobs_state::~jobs_state() {
  for (const auto& [run, r] : running_)
    options_.runs->end(run, {ec::shutting_down, "JOBS has died."});
}

jobs_state::handle::behavior_type jobs_state::make_behavior() {
  beat_.rearm();
  look();
  return {
      [this](atom::tick) { tick(); },
      [this](atom::refresh) { look(); },
      [this](const actors::job_answer& a) { on_answer(a); },
      [this](atom::drain, std::int64_t limit_us) { return drain(limit_us); },
      [this](atom::leave) { cut_off(); },
      [this](atom::status) {
        auto state = std::to_string(running_.size()) + " running, " + std::to_string(carried_out_) + " carried out";
        if (draining_) state += ", draining";
        return self_->vitals(trouble_.empty() ? state : state + "; no database: " + trouble_);
      },
  };
}

void jobs_state::tick() {
  beat_.rearm();
  ++ticks_;
  options_.runs->look_after();
  look();
}

void jobs_state::recover_first() {
  visiting_ = true;
  actors::store_job job{
      [from = options_.answers](storage::store& in) { return std::make_shared<core::failure>(recover(in, *from)); }};
  self_->request(options_.find_registry(), visit_time, std::move(job))
      .then(
          [this](const actors::store_reply& reply) {
            visiting_ = false;
            const auto& bad = *std::static_pointer_cast<core::failure>(reply);
            trouble_ = bad.message;
            recovered_ = bad.code == ec::none;
            if (recovered_) look();
          },
          [this](const caf::error& e) {
            visiting_ = false;
            trouble_ = actors::to_failure(self_->system(), e).message;
          });
}

round_plan jobs_state::plan() {
  round_plan p;
  p.node = options_.node;
  p.incarnation = incarnation_;
  p.alone = options_.alone;
  p.lease = options_.lease;
  p.keep = options_.keep;
  p.sweep = ticks_ % sweep_every == 0;
  p.ended = ended_;
  const auto now = core::system_clock().wall();
  const auto free = options_.parallel - std::min(options_.parallel, running_.size());
  if (!draining_)
    for (std::size_t i = 0; i < free; ++i)
      p.slots.push_back(ids_.next(now));
  return p;
}

void jobs_state::look() {
  if (visiting_) {
    again_ = true;
    return;
  }
  // What had been answered before must be known before anything is taken up again.
  if (!recovered_) return recover_first();
  visiting_ = true;
  again_ = false;
  auto planned = std::make_shared<round_plan>(plan());
  actors::store_job job{
      [planned](storage::store& in) { return std::make_shared<round_report>(hold_round(in, *planned)); }};
  self_->request(options_.find_registry(), visit_time, std::move(job))
      .then([this, told = planned->ended.size()](
                const actors::store_reply& reply) { on_round(*std::static_pointer_cast<round_report>(reply), told); },
            [this](const caf::error& e) {
              visiting_ = false;
              trouble_ = actors::to_failure(self_->system(), e).message;
            });
}

void jobs_state::on_round(const round_report& r, std::size_t told) {
  visiting_ = false;
  trouble_ = r.trouble.message;
  const auto written = static_cast<std::ptrdiff_t>(std::min(r.written, told));
  for (auto e = ended_.begin(); e != ended_.begin() + written; ++e)
    options_.answers->forget(e->job_id, e->run);
  ended_.erase(ended_.begin(), ended_.begin() + written);
  if (r.held_known) heed(r.held);
  for (const auto& job : r.claimed)
    start(job);
  settle_drain();
  if (again_ || (r.more && !draining_)) look();
}

void jobs_state::heed(const std::vector<storage::held_job>& held) {
  for (const auto& h : held) {
    const bool known = running_.contains(h.run);
    if (known && h.cancelling) options_.runs->end(h.run, {ec::client_gone, "The job was cancelled."});
    const bool waits = std::any_of(ended_.begin(), ended_.end(), [&](const ended_run& e) { return e.run == h.run; });
    if (known || waits) continue;
    ended_run lost; // a claim whose answer never reached us
    lost.job_id = h.id;
    lost.run = h.run;
    lost.verdict.again = true;
    ended_.push_back(std::move(lost));
  }
  for (const auto& entry : running_) {
    const auto& run = entry.first;
    const bool mine = std::any_of(held.begin(), held.end(), [&](const auto& h) { return h.run == run; });
    if (!mine) options_.runs->end(run, {ec::client_gone, "The job is no longer this node's."});
  }
}

void jobs_state::start(const storage::claimed_job& job) {
  running_[job.run] = {job.id, job.attempt};
  const report_to done{actors::jobs_actor{self_}, job.run};
  if (job.payload.empty()) {
    const core::failure sealed{ec::internal, "The job's request cannot be opened: was secret_key changed?"};
    return done({500, "application/json", core::openai_error(sealed), sealed});
  }
  options_.runs->begin({job.id, job.run, job.process_id, read_kept(job.payload)}, done);
}

void jobs_state::on_answer(const actors::job_answer& a) {
  const auto at = running_.find(a.run);
  if (at == running_.end()) return;
  ++carried_out_;
  ended_.push_back({at->second.job_id, a.run, judge(*a.answer, at->second.attempt), a.answer});
  running_.erase(at);
  look();
}

caf::result<bool> jobs_state::drain(std::int64_t limit_us) {
  draining_ = true;
  drained_ = self_->make_response_promise<bool>();
  self_->delayed_send(self_, std::chrono::microseconds{limit_us}, atom::leave_v);
  settle_drain();
  return drained_;
}

void jobs_state::cut_off() {
  if (!running_.empty()) {
    for (const auto& [run, r] : running_)
      options_.runs->end(run, {ec::shutting_down, "The node is shutting down."});
    self_->delayed_send(self_, last_writing, atom::leave_v);
    return;
  }
  // The database is away: the spool has what was answered, and the leases run out.
  if (drained_.pending()) drained_.deliver(ended_.empty());
}

void jobs_state::settle_drain() {
  if (draining_ && running_.empty() && ended_.empty() && !visiting_ && drained_.pending()) drained_.deliver(true);
}

} // namespace logos::jobs
