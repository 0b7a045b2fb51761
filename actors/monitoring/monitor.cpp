// SPDX-License-Identifier: MIT
#include "actors/monitoring/monitor.hpp"

#include "core/url.hpp"
#include "net/call.hpp"

#include <caf/all.hpp>

#include <utility>

namespace logos::monitoring {
namespace {

bool same_settings(const catalog::provider& a, const catalog::provider& b) {
  return a.type == b.type && a.base_url == b.base_url && a.api_key == b.api_key && a.auth_header == b.auth_header &&
         a.auth_format == b.auth_format && a.api_version == b.api_version && a.admin_url == b.admin_url &&
         a.enabled == b.enabled && a.target == b.target;
}

bool same_sight(const actors::provider_observation& a, const actors::provider_observation& b) {
  return a.reachable == b.reachable && a.detail == b.detail && a.listed_models == b.listed_models &&
         a.loaded_models == b.loaded_models && a.vram_used_bytes == b.vram_used_bytes;
}

} // namespace

monitor::monitor(actors::self_pointer<monitor> self, catalog::snapshot_ptr snapshot, std::int64_t provider_id,
                 probe_maker make_probe, audience told, monitor_times times)
    : self_{self},
      provider_id_{provider_id},
      make_probe_{std::move(make_probe)},
      told_{std::move(told)},
      times_{times},
      pace_{times.intervals},
      snapshot_{std::move(snapshot)} {}

monitor::handle::behavior_type monitor::make_behavior() {
  if (const auto first = std::exchange(snapshot_, nullptr)) adopt(first);
  return {
      [this](atom::tick) { look(); },
      [this](atom::adopt, const catalog::snapshot_ptr& snapshot) { adopt(snapshot); },
      [this](atom::status) { return self_->vitals(condition()); },
      [this](const sighting& s) { take(s); },
      [this](const reminder& r) { heed(r); },
  };
}

void monitor::adopt(const catalog::snapshot_ptr& snapshot) {
  const auto* const before = snapshot_ ? snapshot_->find_provider(provider_id_) : nullptr;
  const auto* const now = snapshot->find_provider(provider_id_);
  const bool same = before != nullptr && now != nullptr && same_settings(*before, *now);
  snapshot_ = snapshot;
  if (same) return;
  ++round_; // what is still on its way is of the past
  open_ = 0;
  looked_ = false;
  pace_ = pace{times_.intervals};
  probe_.reset();
  if (now == nullptr || !now->enabled) return;
  survey_ = survey{provider_id_, now->type};
  probe_ = make_probe_(*now);
  look();
}

void monitor::look() {
  if (!probe_ || open_ > 0) return;
  ++round_;
  const auto paths = survey_.begin_round();
  open_ = static_cast<std::uint32_t>(paths.size());
  remind_after(times_.patience);
  for (const auto& path : paths)
    probe_->fetch(path, [to = caf::actor_cast<caf::weak_actor_ptr>(self_), round = round_, path](probe_answer answer) {
      if (const auto alive = caf::actor_cast<caf::actor>(to))
        caf::anon_send(alive, sighting{round, path, std::move(answer)});
    });
}

void monitor::take(const sighting& s) {
  if (s.round != round_ || open_ == 0) return;
  survey_.take(s.path, s.answer);
  if (--open_ == 0) conclude();
}

void monitor::heed(const reminder& r) {
  if (r.number != reminders_) return;
  if (open_ > 0) return conclude(); // nothing more will come of this round
  look();
}

void monitor::conclude() {
  open_ = 0;
  const auto& seen = survey_.end_round();
  remind_after(pace_.after(seen.reachable));
  if (survey_.ollama() && told_.recorder)
    if (const auto to = told_.recorder()) self_->send(to, seen);
  if (looked_ && same_sight(seen, announced_)) return;
  // Clients are not told where a provider is, so that the log must say it.
  const auto* const provider = snapshot_ ? snapshot_->find_provider(provider_id_) : nullptr;
  if (provider != nullptr && provider->target && !seen.reachable &&
      (!looked_ || announced_.reachable || announced_.detail != seen.detail))
    spdlog::warn("monitor: the provider {} at {} is unreachable: {}", provider->name,
                 core::endpoint{provider->target->host, provider->target->port}.str(), seen.detail);
  if (provider != nullptr && seen.reachable && looked_ && !announced_.reachable)
    spdlog::info("monitor: the provider {} is reachable again", provider->name);
  looked_ = true;
  announced_ = seen;
  for (const auto& to : told_.changes)
    self_->send(to, seen);
}

void monitor::remind_after(std::chrono::milliseconds delay) {
  self_->delayed_send(self_, delay, reminder{++reminders_});
}

std::string monitor::condition() const {
  if (!probe_) return "nothing to look at";
  if (!looked_) return "looking";
  const auto& seen = survey_.seen();
  std::string text = seen.reachable ? "reachable" : "unreachable";
  if (!seen.detail.empty()) text += ": " + seen.detail;
  if (survey_.ollama() && seen.reachable) text += ", " + std::to_string(seen.loaded_models.size()) + " models loaded";
  if (!seen.reachable) text += ", " + std::to_string(pace_.failures()) + " times in a row";
  return text;
}

} // namespace logos::monitoring
