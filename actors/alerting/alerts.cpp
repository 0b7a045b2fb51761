// SPDX-License-Identifier: MIT
#include "actors/alerting/alerts.hpp"

#include "actors/alerting/message.hpp"
#include "actors/failures.hpp"
#include "storage/store.hpp"

#include <algorithm>

namespace logos::alerting {
namespace {

using namespace std::chrono_literals;
using storage::alert_state;

constexpr auto look_every = 5s;
// More than the slowest look-ups and deliveries of one claim take together.
constexpr std::chrono::seconds lease_time = 2min;
constexpr auto store_time = 60s;
constexpr int most_at_once = 8;

} // namespace

alerts_state::alerts_state(actors::self_pointer<alerts_state> self, alerts_parts parts, const core::clock& clock)
    : self_{self},
      parts_{std::move(parts)},
      clock_{clock},
      beat_{self, look_every},
      random_{static_cast<std::minstd_rand::result_type>(parts_.seed)} {}

alerts_state::handle::behavior_type alerts_state::make_behavior() {
  beat_.rearm();
  return {
      [this](atom::tick) { tick(); },
      [this](atom::status) { return self_->vitals(condition()); },
      [this](const receipt& r) { take(r); },
  };
}

void alerts_state::tick() {
  beat_.rearm();
  const auto now = clock_.steady();
  std::erase_if(under_way_, [&](const auto& e) { return e.second.until <= now; });
  for (const auto& outcome : std::exchange(unsettled_, {}))
    settle(outcome);
  claim();
}

void alerts_state::claim() {
  again_ = claiming_;
  const auto room = most_at_once - static_cast<int>(under_way_.size());
  if (claiming_ || room <= 0) return;
  claiming_ = true;
  actors::store_job job{[room, now = clock_.wall()](storage::store& in) -> actors::store_reply {
    return std::make_shared<claimed>(in.claim_alerts(now, lease_time, room));
  }};
  self_->request(parts_.find_registry(), store_time, std::move(job))
      .then(
          [this, room](const actors::store_reply& reply) {
            claiming_ = false;
            const auto& found = *std::static_pointer_cast<claimed>(reply);
            trouble_ = found ? std::string{} : found.error().message;
            if (!found) return;
            parts_.shown->pending.store(static_cast<std::uint64_t>(found->pending), std::memory_order_relaxed);
            for (const auto& alert : found->alerts)
              send(alert);
            again_ = again_ || found->alerts.size() == static_cast<std::size_t>(room);
            if (again_) claim();
          },
          [this](const caf::error& e) {
            claiming_ = false;
            trouble_ = actors::to_failure(self_->system(), e).message;
          });
}

void alerts_state::send(const storage::due_alert& alert) {
  const auto end = [&](alert_state state, std::string why) {
    spdlog::warn("alerts: budget {} of {} {} is spent up to {} %, and nobody is told: {}", alert.budget_id,
                 core::to_string(alert.scope), alert.scope_id, alert.threshold_percent, why);
    if (state == alert_state::failed) parts_.shown->failed.fetch_add(1, std::memory_order_relaxed);
    settle({alert.id, alert.attempts, state, clock_.wall(), std::move(why)});
  };
  if (alert.budget_gone) return end(alert_state::failed, "the budget was removed");
  const auto& url = alert.url.empty() ? parts_.url : alert.url;
  const auto& secret = alert.url.empty() ? parts_.secret : alert.secret;
  if (url.empty())
    return end(alert_state::unaddressed, "there is neither an alert_url of the budget nor an alerts.url");
  if (secret.empty()) return end(alert_state::failed, "there is no secret to sign with");
  letter what{url, alert.alert_id, {}, body_of(alert)};
  what.signature = signature_of(secret, std::chrono::floor<std::chrono::seconds>(clock_.wall()), what.body);
  under_way_[alert.id] = {alert.attempts, alert.threshold_percent == 0, alert.alert_id, clock_.steady() + lease_time};
  parts_.messenger->deliver(what, [to = caf::actor_cast<caf::weak_actor_ptr>(self_), id = alert.id,
                                   attempt = alert.attempts](std::string why_not) {
    if (const auto alive = caf::actor_cast<caf::actor>(to))
      caf::anon_send(alive, receipt{id, attempt, std::move(why_not)});
  });
}

void alerts_state::take(const receipt& r) {
  const auto at = under_way_.find(r.id);
  if (at == under_way_.end() || at->second.attempt != r.attempt) {
    // Too late: it is somebody else's. But delivered is delivered.
    if (r.why_not.empty()) settle({r.id, r.attempt, alert_state::delivered, clock_.wall()});
    return;
  }
  const auto done = std::move(at->second);
  under_way_.erase(at);
  const auto now = clock_.wall();
  if (r.why_not.empty()) {
    parts_.shown->delivered.fetch_add(1, std::memory_order_relaxed);
    spdlog::info("alerts: {} is delivered", done.alert_id);
    settle({r.id, r.attempt, alert_state::delivered, now});
  } else {
    parts_.shown->refused.fetch_add(1, std::memory_order_relaxed);
    const auto chance = std::uniform_real_distribution<double>{}(random_);
    const auto pause = done.test ? std::nullopt : pause_after(r.attempt, chance);
    spdlog::warn("alerts: {} could not be delivered, {}: {}", done.alert_id, pause ? "to be tried again" : "given up",
                 r.why_not);
    if (!pause) parts_.shown->failed.fetch_add(1, std::memory_order_relaxed);
    settle(
        {r.id, r.attempt, pause ? alert_state::pending : alert_state::failed, pause ? now + *pause : now, r.why_not});
  }
  if (under_way_.size() + 1 == most_at_once) claim(); // the rest waited for room
}

void alerts_state::settle(const storage::alert_outcome& outcome) {
  using settled = storage::result<void>;
  actors::store_job job{[outcome](storage::store& in) -> actors::store_reply {
    return std::make_shared<settled>(in.settle_alert(outcome));
  }};
  self_->request(parts_.find_registry(), store_time, std::move(job))
      .then(
          [this, outcome](const actors::store_reply& reply) {
            if (!*std::static_pointer_cast<settled>(reply)) unsettled_.push_back(outcome);
          },
          [this, outcome](const caf::error&) { unsettled_.push_back(outcome); });
}

std::string alerts_state::condition() const {
  if (!trouble_.empty()) return "no database: " + trouble_;
  return std::to_string(parts_.shown->pending.load(std::memory_order_relaxed)) + " alerts pending, " +
         std::to_string(under_way_.size()) + " under way";
}

} // namespace logos::alerting
