// SPDX-License-Identifier: MIT
#include "simulator/residency.hpp"

#include <algorithm>
#include <tuple>

namespace logos::simulator {

using core::steady_time;

namespace {

steady_time after(steady_time now, std::chrono::nanoseconds d) {
  return now + std::chrono::duration_cast<steady_time::duration>(d);
}

} // namespace

residency::residency(std::vector<needs> models, limits l) : limits_{l} {
  for (auto& need : models) {
    // A model larger than the whole card runs partly on the CPU: it takes all there is.
    if (limits_.vram_mb > 0) need.vram_mb = std::min(need.vram_mb, limits_.vram_mb);
    entries_.push_back({.need = std::move(need)});
  }
}

residency::ticket residency::enter(std::size_t model, std::optional<std::chrono::nanoseconds> keep_alive,
                                   std::optional<unsigned> context) {
  auto& e = entries_[model];
  const user u{.model = model, .keep_alive = keep_alive, .context = context.value_or(e.need.context)};
  const bool passes = usable(e, u);
  if (!passes && limits_.max_queue > 0 && door_.size() > limits_.max_queue) return 0;
  const auto t = ++last_ticket_;
  users_.emplace(t, u);
  if (passes)
    use(e, t);
  else
    door_.push_back(t);
  return t;
}

void residency::leave(ticket t, steady_time now) {
  const auto found = users_.find(t);
  if (found == users_.end()) return;
  auto& e = entries_[found->second.model];
  const bool running = found->second.running;
  users_.erase(found);
  if (running)
    --e.count.running;
  else if (std::erase(e.waiting, t) == 0)
    return; // Its place in the queue is kept until it comes to the head, as Ollama has it.
  if (e.at == stage::loading && e.loaded_for == t)
    abort_load(e, now);
  else if (e.idle())
    rest(e, now);
}

void residency::unload(std::size_t model, steady_time now) {
  auto& e = entries_[model];
  e.keep_alive = std::chrono::nanoseconds{0};
  if (e.idle()) rest(e, now);
}

std::vector<residency::ticket> residency::advance(steady_time now) {
  pass(now);
  admit(now);
  std::vector<ticket> served;
  for (auto& e : entries_) {
    if (e.at != stage::warm) continue;
    while (!e.waiting.empty() && (e.need.parallel == 0 || e.count.running < e.need.parallel)) {
      const auto t = e.waiting.front();
      e.waiting.pop_front();
      users_[t].running = true;
      e.count.max_running = std::max(e.count.max_running, ++e.count.running);
      served.push_back(t);
    }
  }
  return served;
}

steady_time residency::next_event() const {
  auto next = never;
  for (const auto& e : entries_) {
    if (e.at == stage::loading || e.at == stage::unloading) next = std::min(next, e.ready_at);
    if (e.idle()) next = std::min(next, e.expires_at);
  }
  return next;
}

std::vector<residency::resident> residency::residents() const {
  std::vector<resident> all;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& e = entries_[i];
    if (!e.present()) continue;
    all.push_back({.model = i,
                   .vram_mb = e.need.vram_mb,
                   .loading = e.at == stage::loading,
                   .expires_at = e.idle() ? e.expires_at : never,
                   .context = e.context});
  }
  return all;
}

residency::counters residency::count(std::size_t model) const {
  auto c = entries_[model].count;
  const auto queued = std::count_if(door_.begin(), door_.end(), [&](ticket t) {
    const auto found = users_.find(t);
    return found != users_.end() && found->second.model == model;
  });
  c.waiting = static_cast<unsigned>(entries_[model].waiting.size() + static_cast<std::size_t>(queued));
  return c;
}

void residency::reset_counters() {
  for (auto& e : entries_)
    e.count = {.running = e.count.running, .max_running = e.count.running};
}

bool residency::usable(const entry& e, const user& u) const {
  return e.present() && e.context == u.context && (limits_.revives_victims || !e.victim);
}

/// The model cannot be unloaded from now on until `t` has left.
void residency::use(entry& e, ticket t) {
  if (const auto& own = users_[t].keep_alive) e.keep_alive = *own;
  e.expires_at = never;
  e.waiting.push_back(t);
}

void residency::rest(entry& e, steady_time now) {
  e.expires_at = e.keep_alive.count() < 0 ? never : after(now, e.keep_alive);
}

void residency::begin_unload(entry& e, steady_time now) {
  ++(e.victim ? e.count.evictions : e.count.expiries);
  e.at = stage::unloading;
  e.ready_at = after(now, e.need.unload_time);
  if (e.ready_at <= now) finish_unload(e);
}

void residency::finish_unload(entry& e) {
  e.at = stage::cold;
  e.expires_at = never;
  e.victim = false;
  e.loaded_for = 0;
  used_mb_ -= e.need.vram_mb;
  --present_;
  // Whichever model it was, the queue's head looks again.
  awaits_unload_ = false;
}

void residency::abort_load(entry& e, steady_time now) {
  // Those who joined it wait for a load of their own.
  door_.insert(door_.end(), e.waiting.begin(), e.waiting.end());
  e.waiting.clear();
  begin_unload(e, now);
}

/// What happens by itself.
void residency::pass(steady_time now) {
  for (auto& e : entries_) {
    if (e.at == stage::unloading && e.ready_at <= now) finish_unload(e);
    if (e.at == stage::loading && e.ready_at <= now) {
      e.at = stage::warm;
      e.loaded_for = 0;
      if (e.idle()) rest(e, e.ready_at);
    }
    if (e.idle() && e.expires_at <= now) begin_unload(e, now);
  }
}

void residency::admit(steady_time now) {
  const auto loading = [](const entry& e) { return e.at == stage::loading; };
  while (!door_.empty() && !awaits_unload_ && std::none_of(entries_.begin(), entries_.end(), loading)) {
    const auto t = door_.front();
    if (users_.contains(t) && !seat(t, now)) continue;
    door_.pop_front();
  }
}

/// Finds the queue's head a model, or a victim to wait for; true if it has its model.
bool residency::seat(ticket t, steady_time now) {
  const auto& u = users_[t];
  auto& e = entries_[u.model];
  if (usable(e, u)) {
    use(e, t);
    return true;
  }
  if (e.at == stage::cold && fits(e)) {
    used_mb_ += e.need.vram_mb;
    ++present_;
    ++e.count.loads;
    e.keep_alive = limits_.keep_alive;
    e.context = u.context;
    e.loaded_for = t;
    e.ready_at = after(now, e.need.load_time);
    e.at = e.ready_at > now ? stage::loading : stage::warm;
    use(e, t);
    return true;
  }
  awaits_unload_ = true;
  const bool under_way =
      std::any_of(entries_.begin(), entries_.end(), [](auto& x) { return x.at == stage::unloading; });
  auto* victim = e.present() ? &e : under_way ? nullptr : find_victim();
  if (victim == nullptr) return false;
  victim->victim = true;
  victim->keep_alive = std::chrono::nanoseconds{0};
  if (victim->idle()) begin_unload(*victim, now);
  return false;
}

bool residency::fits(const entry& e) const {
  return (limits_.vram_mb == 0 || used_mb_ + e.need.vram_mb <= limits_.vram_mb) &&
         (limits_.max_loaded == 0 || present_ < limits_.max_loaded);
}

residency::entry* residency::find_victim() {
  const auto rank = [](const entry& e) {
    return std::tuple{!e.idle(), e.keep_alive.count() < 0, e.keep_alive, std::string_view{e.need.name}};
  };
  entry* victim = nullptr;
  for (auto& e : entries_)
    if (e.at == stage::warm && (victim == nullptr || rank(e) < rank(*victim))) victim = &e;
  return victim;
}

} // namespace logos::simulator
