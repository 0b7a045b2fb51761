// SPDX-License-Identifier: MIT
// SCHEDULER and its provider: what it takes, what lies in its memory, what others are shown of it.
#include "actors/scheduling/scheduler.hpp"
#include "actors/scheduling/spans.hpp"

#include <algorithm>
#include <utility>

namespace logos::scheduling {
namespace {

using core::ec;
using std::chrono::microseconds;

constexpr auto longest_pause = std::chrono::minutes{10}; // whatever a provider asks for

/// Of a provider that says what lies in its memory, in megabytes; -1: not known.
std::int32_t vram_left(const actors::provider_terms& terms, const actors::provider_observation& seen) {
  if (terms.memory_bytes == 0 || !seen.reachable || !seen.lists_memory) return -1;
  const auto left = terms.memory_bytes - std::min(terms.memory_bytes, seen.vram_used_bytes);
  return static_cast<std::int32_t>(std::min<std::uint64_t>(left >> 20, INT32_MAX));
}

/// What a call that ended tells of how much its provider takes.
strain strain_of(const actors::release& r) {
  if (r.visitor && r.status >= 400) return strain::silent;
  if (r.account_closed) return strain::closed;
  const bool asks_for_a_pause = r.retry_after_s != 0 || r.rates.pause_us >= 0;
  if (r.status == 429 || ((r.status == 503 || r.status == 529) && asks_for_a_pause)) return strain::refused;
  const auto code = static_cast<ec>(r.code);
  if (r.status == 503 || r.status == 529 || code == ec::first_token_timeout) return strain::failed;
  return code == ec::none && r.status != 0 && r.status < 400 ? strain::none : strain::silent;
}

/// How long the provider wants to be left alone.
core::steady_time::duration pause_of(const actors::release& r) {
  const auto asked = r.rates.pause_us >= 0
                         ? bounded(r.rates.pause_us)
                         : std::chrono::duration_cast<microseconds>(std::chrono::seconds{r.retry_after_s});
  return std::min<core::steady_time::duration>(asked, longest_pause);
}

std::vector<waiting> join(std::vector<waiting> some, const std::vector<waiting>& others) {
  some.insert(some.end(), others.begin(), others.end());
  return some;
}

} // namespace

void scheduler::learn(const actors::release& r, core::steady_time now) {
  note(r);
  const auto l = places_.lane_of(r.deployment_id);
  if (static_cast<ec>(r.code) == ec::none && r.status < 400) {
    times_.observe(l, r.duration_us);
    queue_.pace(memory_.pace(times_));
  }
  show_experience(l);
  const auto how = strain_of(r);
  // Who tells of quotas tells of each deployment's; of whoever else wants to be left alone nobody knows how far it
  // goes.
  const bool whole = !r.rates.tells() && !allowance_.tells(l);
  allowance_.ended(
      l, {how, bounded(r.duration_us), r.rates, static_cast<double>(r.prompt_tokens) + r.completion_tokens}, now);
  if (how != strain::refused) return;
  if (const auto pause = pause_of(r); pause > pause.zero()) {
    if (whole) {
      gate_.pause(now + pause);
      allowance_.pause_all(now + pause, now);
    } else {
      allowance_.pause(l, now + pause, now);
    }
  }
  remind();
}

void scheduler::adopt(const actors::provider_terms& terms) {
  terms_ = terms;
  places_.limit(terms.parallel, terms.max_in_flight, terms.parallel_of);
  queue_.bound(terms.queue_per_model, terms.queue_per_key);
  memory_.adopt(terms, places_);
  suppose();
  refuse_hopeless();
  fill();
  show_all();
}

/// After each change of what the operator or the server says.
void scheduler::suppose() {
  const auto each = supposed_.each();
  places_.suppose(each != 0 ? each : terms_.usual_parallel, supposed_.together());
  allowance_.adopt();
}

void scheduler::adopt(const actors::loader_actor& loader) {
  loader_ = loader;
  for (auto& order : memory_.outstanding()) // its predecessor may have died with them
    self_->send(loader_, std::move(order));
  tell_experience();
  fill();
}

void scheduler::observe(const actors::provider_observation& seen) {
  unreachable_detail_ = seen.reachable || seen.detail.empty() ? "" : " (" + seen.detail + ")";
  const auto now = clock_.steady();
  vram_left_mb_ = vram_left(terms_, seen);
  gate_.observe(seen.reachable, now);
  memory_.observe(seen, now);
  note_absences();
  if (supposed_.learn(seen)) suppose();
  if (seen.reachable)
    allowance_.observe({seen.running, seen.waiting, seen.kv_used_permille, supposed_.together() != 0}, now);
  queue_.pace(memory_.pace(times_));
  note(seen);
  refuse_hopeless();
  fill();
  show_all();
  remind();
}

/// Whoever waits for a model that is seen missing waits for its load.
void scheduler::note_absences() {
  absences_.resize(places_.lanes());
  for (lane l = 0; l < absences_.size(); ++l)
    if (!memory_.in_memory(l)) ++absences_[l];
}

std::optional<core::steady_time> scheduler::when_allowed(core::steady_time now) const {
  return allowance_.next_change([this](lane l) { return queue_.size(l) > 0 || aside_.size(l) > 0; }, now);
}

bool scheduler::plan_memory(core::steady_time now) {
  if (!loader_) return false;
  bool loads = false;
  for (auto& order : memory_.decide(queue_, places_, times_, now)) {
    loads = loads || order.load;
    self_->send(loader_, std::move(order));
  }
  if (memory_.next_change(now)) remind();
  return loads || memory_.reprieved();
}

actors::order_report scheduler::obey(std::int64_t deployment_id, bool load) {
  const auto l = places_.lane_of(deployment_id);
  auto bad = may_grant(clock_.steady())
                 ? memory_.want(l, load)
                 : core::failure{ec::no_provider, terms_.name + " can do nothing now: " + why_waiting(l) + "."};
  if (bad.code != ec::none) return {static_cast<std::uint8_t>(bad.code), std::move(bad.message), {}};
  fill();
  remind();
  return {0, {}, std::string{memory_.state_of(l)}};
}

/// Those whose model cannot come into memory as long as an administrator wants it so.
void scheduler::refuse_hopeless() {
  if (queue_.empty() && aside_.empty()) return;
  std::vector<bool> out(places_.lanes());
  for (lane l = 0; l < out.size(); ++l)
    out[l] = memory_.drained(l) || !memory_.shut_out(l).empty();
  const auto is_out = [&](const waiting& w) { return out[w.lane]; };
  for (const auto& t : join(queue_.remove_if(is_out), aside_.remove_if(is_out)))
    refuse_hopeless(t);
}

bool scheduler::refuse_hopeless(const waiting& w) {
  if (memory_.drained(w.lane)) {
    refuse(w, ec::no_provider, 0, "An administrator has taken this model out of the memory of " + terms_.name + ".");
    return true;
  }
  const auto pins = memory_.shut_out(w.lane);
  if (pins.empty()) return false;
  refuse(w, ec::no_provider, 0,
         "This model does not fit into the memory of " + terms_.name +
             " beside what an administrator has pinned there: " + pins +
             ". It can be served when that is 'automatic'.");
  return true;
}

void scheduler::refuse_all_unreachable() {
  const auto everybody = [](const waiting&) { return true; };
  for (const auto& t : join(queue_.remove_if(everybody), aside_.remove_if(everybody)))
    refuse_unreachable(t, clock_.steady());
}

void scheduler::refuse_unreachable(const waiting& t, core::steady_time now) {
  refuse(t, ec::no_provider, gate_.looked_at_within_s(now),
         "Provider " + terms_.name + " cannot be reached" + unreachable_detail_ + ".");
}

outlook& scheduler::shown_at(lane l) {
  if (l >= outlook_.size()) outlook_.resize(places_.lanes());
  if (!outlook_[l]) {
    outlook_[l] = shown_->of(places_.deployment_of(l));
    outlook_[l]->here = true;
  }
  return *outlook_[l];
}

void scheduler::show(lane l, core::steady_time now) {
  if (!shown_) return;
  auto& o = shown_at(l);
  const auto allowed = allowance_.figures_of(l, now);
  o.open.store(may_grant(now) && !allowance_.holds_back(l, now), std::memory_order_relaxed);
  o.warm.store(memory_.admits(l), std::memory_order_relaxed);
  o.places.store(std::min({places_.limit_of(l), places_.limit(), allowed.limit}), std::memory_order_relaxed);
  o.requests_left.store(allowed.requests_left, std::memory_order_relaxed);
  o.tokens_left.store(allowed.tokens_left, std::memory_order_relaxed);
  o.refusals.store(allowed.refusals, std::memory_order_relaxed);
  o.taken.store(places_.taken(l), std::memory_order_relaxed);
  o.waiting.store(static_cast<std::uint32_t>(queue_.size(l)), std::memory_order_relaxed);
  o.load_us.store(memory_.load_of(l).count(), std::memory_order_relaxed);
  o.service_us.store(times_.mean_us(l), std::memory_order_relaxed);
}

void scheduler::show_all() {
  if (!shown_) return;
  const auto now = clock_.steady();
  for (lane l = 0; l < places_.lanes(); ++l)
    show(l, now);
}

std::string scheduler::why_waiting(lane l) const {
  if (!gate_.open()) return std::string{gate_.why()};
  if (!right_->holds(clock_.steady())) return "this node may not grant places until it has renewed its lease";
  if (auto why = memory_.why(l); !why.empty()) return why;
  if (auto why = allowance_.why(l, clock_.steady()); !why.empty()) return why;
  if (places_.taken(l) >= places_.limit_of(l))
    return "all " + std::to_string(places_.limit_of(l)) + " places of this model are in use, " +
           std::to_string(queue_.size(l)) + " more requests wait for it" +
           (places_.is_said(l) ? std::string{} : supposed_.words());
  return "all " + std::to_string(places_.limit()) + " places of the provider are in use, " +
         std::to_string(queue_.size()) + " more requests wait" +
         (places_.overall_is_said() ? std::string{} : supposed_.words());
}

std::string scheduler::condition() const {
  std::string text = std::to_string(permits_.size()) + " in flight, " + std::to_string(queue_.size()) + " waiting";
  if (const auto leased = slices_.leased(); leased > 0) text += ", " + std::to_string(leased) + " leased";
  if (!gate_.open()) return text + "; " + std::string{gate_.why()};
  if (!right_->holds(clock_.steady())) text += "; no lease";
  if (terms_.parallel == 0 && supposed_.each() != 0)
    text += "; " + std::to_string(supposed_.each()) + " places of each model" + supposed_.words();
  if (const auto what = memory_.condition(); !what.empty()) text += "; " + what;
  if (const auto what = allowance_.condition(clock_.steady()); !what.empty()) text += "; " + what;
  return text;
}

} // namespace logos::scheduling
