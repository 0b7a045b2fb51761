// SPDX-License-Identifier: MIT
#include "simulator/residency.hpp"

#include <algorithm>
#include <tuple>

namespace logos::simulator {

using core::steady_time;

residency::residency(std::vector<needs> models, limits l) : limits_{l} {
  for (auto& need : models) {
    // A model larger than the whole card runs partly on the CPU: it takes all there is.
    if (limits_.vram_mb > 0) need.vram_mb = std::min(need.vram_mb, limits_.vram_mb);
    entries_.push_back({.need = std::move(need)});
  }
}

residency::ticket residency::enter(std::size_t model, std::optional<std::chrono::nanoseconds> keep_alive) {
  const auto t = ++last_ticket_;
  users_.emplace(t, slot_user{.model = model, .keep_alive = keep_alive});
  door_.push_back(t);
  return t;
}

void residency::leave(ticket t, steady_time now) {
  const auto found = users_.find(t);
  if (found == users_.end()) return;
  auto& e = entries_[found->second.model];
  if (found->second.running)
    --e.count.running;
  else
    std::erase(std::find(door_.begin(), door_.end(), t) != door_.end() ? door_ : e.waiting, t);
  users_.erase(found);
  if (e.idle()) rest(e, now);
}

void residency::unload(std::size_t model, steady_time now) {
  auto& e = entries_[model];
  e.keep_alive = std::chrono::nanoseconds{0};
  if (e.idle()) rest(e, now);
}

std::vector<residency::ticket> residency::advance(steady_time now) {
  finish_loads(now);
  for (auto& e : entries_) {
    if (!e.idle() || e.expires_at > now) continue;
    ++e.count.expiries;
    drop(e);
  }
  admit(now);
  std::vector<ticket> served;
  for (auto& e : entries_) {
    if (e.at != stage::warm) continue;
    while (!e.waiting.empty() && (e.need.parallel == 0 || e.count.running < e.need.parallel)) {
      const auto t = e.waiting.front();
      e.waiting.pop_front();
      users_[t].running = true;
      e.expires_at = never;
      e.count.max_running = std::max(e.count.max_running, ++e.count.running);
      served.push_back(t);
    }
  }
  return served;
}

steady_time residency::next_event() const {
  auto next = never;
  for (const auto& e : entries_) {
    if (e.at == stage::loading) next = std::min(next, e.ready_at);
    if (e.idle()) next = std::min(next, e.expires_at);
  }
  return next;
}

std::vector<residency::resident> residency::residents() const {
  std::vector<resident> all;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& e = entries_[i];
    if (e.at == stage::cold) continue;
    all.push_back({.model = i,
                   .vram_mb = e.need.vram_mb,
                   .loading = e.at == stage::loading,
                   .expires_at = e.idle() ? e.expires_at : never});
  }
  return all;
}

residency::counters residency::count(std::size_t model) const {
  auto c = entries_[model].count;
  c.waiting = static_cast<unsigned>(entries_[model].waiting.size() +
                                    static_cast<std::size_t>(std::count_if(door_.begin(), door_.end(), [&](ticket t) {
                                      return users_.at(t).model == model;
                                    })));
  return c;
}

void residency::reset_counters() {
  for (auto& e : entries_)
    e.count = {.running = e.count.running, .max_running = e.count.running};
}

bool residency::make_room(std::size_t model) {
  const auto fits = [&] {
    return (limits_.vram_mb == 0 || used_mb_ + entries_[model].need.vram_mb <= limits_.vram_mb) &&
           (limits_.max_loaded == 0 || loaded_ < limits_.max_loaded);
  };
  const auto rank = [](const entry& e) {
    return std::tuple{e.keep_alive.count() < 0, e.keep_alive, std::string_view{e.need.name}};
  };
  while (!fits()) {
    entry* victim = nullptr;
    for (auto& e : entries_)
      if (e.idle() && (victim == nullptr || rank(e) < rank(*victim))) victim = &e;
    if (victim == nullptr) return false;
    ++victim->count.evictions;
    drop(*victim);
  }
  return true;
}

void residency::drop(entry& e) {
  e.at = stage::cold;
  e.expires_at = never;
  used_mb_ -= e.need.vram_mb;
  --loaded_;
}

void residency::rest(entry& e, steady_time now) {
  e.expires_at =
      e.keep_alive.count() < 0 ? never : now + std::chrono::duration_cast<steady_time::duration>(e.keep_alive);
}

void residency::finish_loads(steady_time now) {
  for (auto& e : entries_) {
    if (e.at != stage::loading || e.ready_at > now) continue;
    e.at = stage::warm;
    // Those who asked for it may have gone while it was loading.
    if (e.idle()) rest(e, e.ready_at);
  }
}

void residency::admit(steady_time now) {
  while (!door_.empty()) {
    const auto t = door_.front();
    auto& e = entries_[users_[t].model];
    if (e.at == stage::cold) {
      if (!make_room(users_[t].model)) return;
      used_mb_ += e.need.vram_mb;
      ++loaded_;
      ++e.count.loads;
      e.ready_at = now + std::chrono::duration_cast<steady_time::duration>(e.need.load_time);
      e.at = e.ready_at > now ? stage::loading : stage::warm;
    }
    e.keep_alive = users_[t].keep_alive.value_or(limits_.keep_alive);
    e.waiting.push_back(t);
    door_.pop_front();
  }
}

} // namespace logos::simulator
