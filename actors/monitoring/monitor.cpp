// SPDX-License-Identifier: MIT
#include "actors/monitoring/monitor.hpp"

#include "core/network.hpp"
#include "core/url.hpp"
#include "net/call.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <utility>

namespace logos::monitoring {
namespace {

bool same_settings(const catalog::provider& a, const catalog::provider& b) {
  return a.type == b.type && a.base_url == b.base_url && a.api_key == b.api_key && a.auth_header == b.auth_header &&
         a.auth_format == b.auth_format && a.api_version == b.api_version && a.admin_url == b.admin_url &&
         a.enabled == b.enabled && a.target == b.target;
}

bool same_memory(const std::vector<actors::loaded_model>& a, const std::vector<actors::loaded_model>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.name == y.name && x.bytes == y.bytes && x.vram_bytes == y.vram_bytes && x.load_us == y.load_us;
  });
}

bool same_experience(const std::vector<actors::learned>& a, const std::vector<actors::learned>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.deployment_id == y.deployment_id && x.calls == y.calls && x.load_us == y.load_us && x.bytes == y.bytes;
  });
}

/// By its address: what a name stands for is not known here.
bool is_exposed(const catalog::provider& p) {
  if (!p.api_key.empty() || p.type != core::provider_type::ollama) return false;
  const auto at = core::parse_url(p.base_url);
  return at && core::parse_ip(at->host) && !core::is_private_host(at->host);
}

bool same_sight(const actors::provider_observation& a, const actors::provider_observation& b) {
  return a.reachable == b.reachable && a.detail == b.detail && a.listed_models == b.listed_models &&
         a.listed_bytes == b.listed_bytes && same_memory(a.loaded_models, b.loaded_models) &&
         a.vram_used_bytes == b.vram_used_bytes && a.lists_memory == b.lists_memory && a.running == b.running &&
         a.waiting == b.waiting && a.slots == b.slots && a.kv_used_permille == b.kv_used_permille &&
         same_experience(a.experience, b.experience);
}

} // namespace

monitor::monitor(actors::self_pointer<monitor> self, catalog::snapshot_ptr snapshot, std::int64_t provider_id,
                 probe_maker make_probe, audience told, const core::clock& clock, monitor_times times)
    : self_{self},
      provider_id_{provider_id},
      make_probe_{std::move(make_probe)},
      told_{std::move(told)},
      clock_{clock},
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
      [this](const actors::model_order& order) { obey(order); },
      [this](const actors::provider_experience& x) { note(x); },
      [this](const order_answer& a) { take(a); },
  };
}

void monitor::adopt(const catalog::snapshot_ptr& snapshot) {
  const auto* const before = snapshot_ ? snapshot_->find_provider(provider_id_) : nullptr;
  const auto* const now = snapshot->find_provider(provider_id_);
  const bool same = before != nullptr && now != nullptr && same_settings(*before, *now);
  snapshot_ = snapshot;
  if (now != nullptr) orders_.keep_for(now->keep_alive);
  if (same) return;
  ++round_; // what is still on its way is of the past
  open_ = 0;
  looked_ = false;
  pace_ = pace{times_.intervals};
  probe_.reset();
  if (now == nullptr || !now->enabled) return;
  orders_.give_up("the provider's settings have changed");
  survey_ = survey{provider_id_, now->type, is_exposed(*now)};
  probe_ = make_probe_(*now);
  look();
}

void monitor::look() {
  if (!probe_ || open_ > 0) return;
  ++round_;
  const auto paths = survey_.begin_round(clock_.steady(), clock_.wall());
  open_ = static_cast<std::uint32_t>(paths.size());
  remind_after(times_.patience);
  for (const auto& path : paths)
    probe_->fetch(path, [to = caf::actor_cast<caf::weak_actor_ptr>(self_), round = round_, path](probe_answer answer) {
      if (const auto alive = caf::actor_cast<caf::actor>(to))
        caf::anon_send(alive, sighting{round, path, std::move(answer)});
    });
}

/// As `look`; of what is still on its way nothing counts, because it may be older than what has just happened.
void monitor::look_anew() {
  open_ = 0;
  look();
}

void monitor::note(const actors::provider_experience& learned) {
  experience_ = learned.deployments;
  if (!told_.recorder) return;
  if (const auto to = told_.recorder()) self_->send(to, learned);
}

void monitor::obey(const actors::model_order& order) {
  if (!probe_ || !orders_.take(order, clock_.steady())) return;
  if (!survey_.ollama())
    orders_.give_up("only a provider of type ollama loads models on demand");
  else if (looked_ && !announced_.reachable)
    orders_.give_up("the provider is away: " + announced_.detail);
  post_due();
  look_anew();
}

void monitor::post_due() {
  for (auto& p : orders_.due(clock_.steady()))
    probe_->post(std::string{p.path}, std::move(p.body), p.at_most,
                 [to = caf::actor_cast<caf::weak_actor_ptr>(self_), number = p.number](probe_answer answer) {
                   if (const auto alive = caf::actor_cast<caf::actor>(to))
                     caf::anon_send(alive, order_answer{number, std::move(answer)});
                 });
}

void monitor::take(const order_answer& a) {
  orders_.answered(a.number, a.answer, clock_.steady());
  if (!probe_) return;
  post_due();
  if (orders_.take_ended()) {
    owes_ = true;
    look_anew();
  }
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
  auto seen = survey_.end_round();
  if (!seen.reachable)
    orders_.give_up("the provider is away: " + seen.detail);
  else if (survey_.told_memory())
    orders_.see(seen.loaded_models, clock_.steady());
  post_due();
  owes_ = orders_.take_ended() || owes_;
  auto wait = pace_.after(seen.reachable, survey_.stirs(), turnover());
  if (survey_.recognised()) wait = std::min(wait, times_.intervals.shortest);
  if (const auto sooner = orders_.next_look()) wait = std::min(wait, *sooner);
  remind_after(wait);
  std::erase_if(seen.loaded_models, [this](const auto& model) { return orders_.is_loading(model.name); });
  for (auto& model : seen.loaded_models)
    model.load_us = orders_.load_us(model.name);
  seen.failed = orders_.take_failed();
  seen.experience = experience_;
  if (survey_.ollama() && told_.recorder)
    if (const auto to = told_.recorder()) self_->send(to, seen);
  // Of a server that works also what is the same is news: whoever goes by it wants to know that it still is so.
  if (looked_ && !owes_ && !survey_.busy() && same_sight(seen, announced_)) return;
  owes_ = false;
  tell(std::move(seen));
}

void monitor::tell(actors::provider_observation seen) {
  // Clients are not told where a provider is, so that the log must say it.
  const auto* const provider = snapshot_ ? snapshot_->find_provider(provider_id_) : nullptr;
  const auto name = provider != nullptr ? provider->name : std::string{};
  if (provider != nullptr && provider->target && !seen.reachable &&
      (!looked_ || announced_.reachable || announced_.detail != seen.detail))
    spdlog::warn("monitor: the provider {} at {} is unreachable: {}", name,
                 core::endpoint{provider->target->host, provider->target->port}.str(), seen.detail);
  if (seen.reachable && looked_ && !announced_.reachable)
    spdlog::info("monitor: the provider {} is reachable again", name);
  if (seen.reachable && survey_.advice() != advised_) {
    advised_ = survey_.advice();
    if (!advised_.empty()) spdlog::warn("monitor: the provider {} is {}; {}", name, seen.server, advised_);
  }
  for (const auto& f : seen.failed)
    spdlog::log(!f.load && f.undone ? spdlog::level::info : spdlog::level::warn, // it is still being tried
                "monitor: the provider {} could not {} {}: {}", name, f.load ? "load" : "unload", f.model, f.detail);
  looked_ = true;
  announced_ = std::move(seen);
  for (const auto& to : told_.changes)
    self_->send(to, announced_);
  announced_.failed.clear();
}

/// The time in which what is seen can change, as far as it is known: a load's; of a server that loads nothing, a
/// call's.
std::optional<std::chrono::milliseconds> monitor::turnover() const {
  if (survey_.ollama()) return orders_.shortest_load();
  std::int64_t shortest_us = 0;
  for (const auto& x : experience_)
    if (x.service_us > 0 && (shortest_us == 0 || x.service_us < shortest_us)) shortest_us = x.service_us;
  if (shortest_us == 0) return std::nullopt;
  // Such a server works out hundreds of figures for each look, so it is not asked as often as for a short list.
  const auto call = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::microseconds{shortest_us});
  return std::max(call, 2 * times_.intervals.soon);
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
  if (const auto busy = orders_.text(); !busy.empty()) text += ", " + busy;
  if (!seen.reachable) text += ", " + std::to_string(pace_.failures()) + " times in a row";
  return text;
}

} // namespace logos::monitoring
