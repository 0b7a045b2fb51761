// SPDX-License-Identifier: MIT
#include "bench/scheduling/machine.hpp"

#include <cstdio>
#include <cstdlib>

namespace logos::bench {
namespace {

void demand(bool possible, const char* what) {
  if (possible) return;
  std::fprintf(stderr, "A policy did what the server cannot do: %s\n", what);
  std::abort();
}

} // namespace

machine::machine(const workload& w) : work_{w}, models_(w.server.models.size()) {
  for (const auto& m : w.server.models)
    demand(m.load_time.count() > 0 && m.unload_time.count() > 0 && m.vram_mb <= w.server.vram_mb,
           "a model that loads in no time or is larger than the memory");
  trace_.jobs.resize(w.jobs.size());
}

void machine::load(model_index m) {
  demand(can_load(m), "load: it is not cold, there is no room, or another model is being loaded");
  auto& s = models_[m];
  s.at = stage::loading;
  s.residence = static_cast<std::uint32_t>(trace_.residences.size());
  trace_.residences.push_back({.model = m, .load_began = now_});
  used_mb_ += facts().models[m].vram_mb;
  ++loading_;
  events_.push({now_ + facts().models[m].load_time, event_kind::loaded, m});
}

void machine::unload(model_index m) {
  demand(can_unload(m), "unload: the model is not warm, or busy");
  models_[m].at = stage::unloading;
  trace_.residences[models_[m].residence].unload_began = now_;
  events_.push({now_ + facts().models[m].unload_time, event_kind::unloaded, m});
}

void machine::start(job_index j) {
  auto& p = trace_.jobs[j];
  const auto& job = job_at(j);
  auto& s = models_[job.model];
  demand(j < next_arrival_ && p.started == never && !p.refused, "start: a job that does not wait");
  demand(has_slot(job.model), "start: the model is not warm, or has no free slot");
  p.started = now_;
  p.residence = s.residence;
  ++trace_.residences[s.residence].served;
  --s.waiting, --waiting_;
  ++s.running, ++running_;
  const auto& m = facts().models[job.model];
  events_.push({now_ + job.prefill(m), event_kind::first_token, j});
  events_.push({now_ + job.service(m), event_kind::ended, j});
}

void machine::refuse(job_index j) {
  auto& p = trace_.jobs[j];
  demand(j < next_arrival_ && p.started == never && !p.refused, "refuse: a job that does not wait");
  p.refused = true;
  --models_[job_at(j).model].waiting, --waiting_;
}

void machine::wake_at(instant t) {
  if (t != never) events_.push({std::max(t, now_), event_kind::timer, 0});
}

bool machine::advance(std::vector<event>& happened) {
  happened.clear();
  const auto arrives = next_arrival_ < work_.jobs.size() ? work_.jobs[next_arrival_].arrival : never;
  const auto next = events_.empty() ? arrives : std::min(arrives, events_.top().at);
  if (next == never) return false;
  pass_to(next);
  while (!events_.empty() && events_.top().at == next && events_.top().kind < event_kind::arrived) {
    happened.push_back(events_.top());
    events_.pop();
  }
  for (; next_arrival_ < work_.jobs.size() && work_.jobs[next_arrival_].arrival == next; ++next_arrival_)
    happened.push_back({next, event_kind::arrived, next_arrival_});
  bool timer = false;
  for (; !events_.empty() && events_.top().at == next && events_.top().kind == event_kind::timer; events_.pop())
    timer = true;
  if (timer) happened.push_back({next, event_kind::timer, 0});
  for (const auto& e : happened)
    carry_out(e);
  return true;
}

void machine::carry_out(const event& e) {
  switch (e.kind) {
  case event_kind::unloaded:
    models_[e.subject].at = stage::cold;
    trace_.residences[models_[e.subject].residence].gone = now_;
    used_mb_ -= facts().models[e.subject].vram_mb;
    break;
  case event_kind::loaded:
    models_[e.subject].at = stage::warm;
    models_[e.subject].warm_since = now_;
    trace_.residences[models_[e.subject].residence].ready = now_;
    --loading_;
    break;
  case event_kind::ended:
    trace_.jobs[e.subject].ended = trace_.end = now_;
    --models_[job_at(e.subject).model].running, --running_;
    break;
  case event_kind::first_token: trace_.jobs[e.subject].first_token = now_; break;
  case event_kind::arrived: ++models_[job_at(e.subject).model].waiting, ++waiting_; break;
  case event_kind::timer: break;
  }
}

void machine::pass_to(instant t) {
  const auto passed = t - now_;
  now_ = t;
  if (waiting_ == 0 || passed.count() == 0) return;
  trace_.waiting += passed;
  if (running_ == 0) trace_.idle += passed;
  for (model_index m = 0; m < models(); ++m)
    if (has_slot(m) && models_[m].waiting > 0)
      trace_.held_back_s +=
          std::min(models_[m].waiting, facts().models[m].parallel - models_[m].running) * to_seconds(passed);
}

trace machine::finish() {
  for (auto& p : trace_.jobs)
    if (p.started == never) p.refused = true;
  return std::move(trace_);
}

} // namespace logos::bench
