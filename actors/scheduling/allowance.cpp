// SPDX-License-Identifier: MIT
#include "actors/scheduling/allowance.hpp"

#include <algorithm>
#include <cstdio>

namespace logos::scheduling {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_probe{250};
constexpr milliseconds longest_probe{10'000};

std::string seconds(core::steady_time::duration d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>{d}.count());
  return text;
}

void learn(double& mean, double value) { mean = mean <= 0 ? value : mean + (value - mean) / 8; }

} // namespace

std::uint32_t allowance::bound_of(lane l) const {
  const auto limit = places_.limit_of(l);
  return limit == places::unlimited ? 0 : limit;
}

allowance::row& allowance::at(lane l) {
  while (rows_.size() <= l) {
    const auto next = static_cast<lane>(rows_.size());
    rows_.emplace_back(seed_ * 0x9e3779b97f4a7c15ULL + next, bound_of(next));
  }
  return rows_[l];
}

void allowance::adopt() {
  for (lane l = 0; l < rows_.size(); ++l)
    rows_[l].pace.bound(bound_of(l));
}

bool allowance::observe(const load_figures& seen, core::steady_time now) {
  const auto all = places_.taken();
  const auto verdict = crowding_.judge(seen, all, now);
  if (!verdict) return false;
  bool less = false;
  for (lane l = 0; l < places_.lanes(); ++l) {
    if (places_.is_said(l)) continue;
    auto& r = at(l);
    const auto mine = places_.taken(l);
    if (verdict->too_many == 0 || mine == 0) {
      r.pace.told(verdict->clear, mine, verdict->fresh_until);
      continue;
    }
    // Each gives up its part of what is too many, rounded up.
    const auto part = (std::uint64_t{verdict->too_many} * mine + all - 1) / all;
    if (!r.pace.crowded(static_cast<std::uint32_t>(part), mine, verdict->fresh_until, now)) continue;
    r.crowded = verdict->why;
    less = true;
  }
  return less;
}

bool allowance::within_quota(const row& r, lane l, core::steady_time now) const {
  if (!r.room.known() || r.room.allows(r.usual_tokens(), now)) return true;
  // Where nobody says when more comes back, one request is sent to hear it.
  return places_.taken(l) == 0 && now >= r.probe_at && !r.room.when(r.usual_tokens(), now);
}

bool allowance::allows(lane l, core::steady_time now) {
  const auto& r = at(l);
  return r.pace.allows(places_.taken(l), now) && within_quota(r, l, now);
}

void allowance::granted(lane l, std::uint32_t tokens, core::steady_time now) {
  auto& r = at(l);
  r.pace.granted(now);
  learn(r.estimated, tokens);
  if (!r.room.known()) return;
  if (!r.room.allows(r.usual_tokens(), now)) {
    r.probe_step = std::clamp<core::steady_time::duration>(r.probe_step * 2, first_probe, longest_probe);
    r.probe_at = now + r.probe_step;
  }
  r.room.granted(tokens * r.share, now);
}

void allowance::ended(lane l, const call_end& call, core::steady_time now) {
  auto& r = at(l);
  const bool refused = call.how == strain::refused;
  const auto others = places_.taken(l);
  const bool told = r.room.known();
  if (call.tokens > 0) {
    learn(r.used, call.tokens);
    if (r.estimated > 0) r.share = std::clamp(r.used / r.estimated, 0.001, 1.0);
  }
  if (call.word.tells() && call.how != strain::closed) { // what is left of quotas helps nobody who may not use them
    r.room.heed(call.word, now, refused, r.usual_tokens(), others);
    if (!refused) r.probe_step = {};
  }
  if (refused || call.how == strain::closed) ++r.refusals;
  if (!refused) {
    r.pace.ended(call.how, call.duration, others, now);
    const bool strained = call.how == strain::closed || call.how == strain::failed;
    if (strained || !r.pace.lowered()) r.crowded = crowding_verdict::cause::none;
    return;
  }
  // A quota that is used up says nothing of how much is taken at a time. Who tells of quotas and refuses without a word
  // of them means them, too.
  const bool by_quota = call.word.tells() ? call.word.requests.remaining == 0 || call.word.tokens.remaining == 0 : told;
  if (!by_quota) {
    r.crowded = crowding_verdict::cause::none;
    return r.pace.ended(call.how, call.duration, others, now);
  }
  if (!call.word.tells()) r.room.exhaust(now);
}

void allowance::pause(lane l, core::steady_time until, core::steady_time now) {
  auto& r = at(l);
  r.pace.pause(until, now);
  r.probe_at = std::max(r.probe_at, until);
}

void allowance::pause_all(core::steady_time until, core::steady_time now) {
  for (lane l = 0; l < places_.lanes(); ++l)
    pause(l, until, now);
}

std::uint32_t allowance::leasable(lane l, core::steady_time now) {
  const auto& r = at(l);
  if (tight(l, now)) return 0;
  if (!r.pace.lowered()) return places::unlimited;
  const auto taken = places_.taken(l);
  return r.pace.limit() > taken ? (r.pace.limit() - taken) / 2 : 0;
}

bool allowance::tight(lane l, core::steady_time now) const {
  if (l >= rows_.size()) return false;
  const auto& r = rows_[l];
  return r.pace.paused(now) || places_.taken(l) > r.pace.limit() || r.room.scarce(now);
}

std::optional<core::steady_time> allowance::next_change(const std::function<bool(lane)>& waits,
                                                        core::steady_time now) const {
  std::optional<core::steady_time> next;
  const auto consider = [&](std::optional<core::steady_time> t) {
    if (t && *t > now && (!next || *t < *next)) next = t;
  };
  for (lane l = 0; l < rows_.size(); ++l) {
    const auto& r = rows_[l];
    const bool paused = r.pace.paused(now);
    const bool used_up = r.room.known() && !r.room.allows(r.usual_tokens(), now);
    if ((!paused && !used_up) || !waits(l)) continue;
    if (paused) consider(r.pace.next_change());
    if (!used_up) continue;
    const auto when = r.room.when(r.usual_tokens(), now);
    consider(when ? when : r.probe_at);
  }
  return next;
}

std::optional<core::steady_time> allowance::when(lane l, std::uint32_t ahead, core::steady_time now) const {
  if (l >= rows_.size()) return now;
  const auto& r = rows_[l];
  const double n = ahead + 1.0;
  auto requests = r.room.requests().when(n, now), tokens = r.room.tokens().when(n * r.usual_tokens(), now);
  if (!requests || !tokens) return std::nullopt;
  auto opens = std::max(*requests, *tokens);
  if (!r.pace.paused(now)) return opens;
  const auto next = r.pace.next_change();
  return next ? std::optional{std::max(opens, *next)} : std::nullopt;
}

bool allowance::holds_back(lane l, core::steady_time now) const {
  if (l >= rows_.size()) return false;
  const auto& r = rows_[l];
  return r.pace.paused(now) || (r.room.known() && !r.room.allows(r.usual_tokens(), now));
}

std::string allowance::why(lane l, core::steady_time now) const {
  if (l >= rows_.size()) return {};
  const auto& r = rows_[l];
  if (r.pace.paused(now))
    return "the provider has refused requests for this model, and is asked again in " +
           seconds(*r.pace.next_change() - now);
  if (r.room.known() && !r.room.allows(r.usual_tokens(), now)) {
    const auto when = r.room.when(r.usual_tokens(), now);
    const bool requests = !r.room.requests().has(1, now);
    return std::string{"the provider's quota of "} + (requests ? "requests" : "tokens") + " for this model is used up" +
           (when ? ", more of it comes back in " + seconds(*when - now) : "");
  }
  if (r.pace.lowered() && places_.taken(l) >= r.pace.limit()) {
    auto text =
        "the provider takes no more than " + std::to_string(r.pace.limit()) + " requests for this model at a time";
    if (const auto cause = words_of(r.crowded); !cause.empty()) text.append(": ").append(cause);
    return text;
  }
  return {};
}

std::string allowance::condition(core::steady_time now) const {
  std::string text;
  for (lane l = 0; l < rows_.size(); ++l)
    if (const auto reason = why(l, now); !reason.empty())
      text += (text.empty() ? "" : "; ") + ("deployment " + std::to_string(places_.deployment_of(l)) + ": " + reason);
  return text;
}

allowance::figures allowance::figures_of(lane l, core::steady_time now) const {
  figures f;
  if (l >= rows_.size()) return f;
  const auto& r = rows_[l];
  f.limit = r.pace.limit();
  const auto left = [now](const quota& q) {
    return q.known() ? static_cast<std::int64_t>(std::max(q.left(now), 0.0)) : std::int64_t{-1};
  };
  f.requests_left = left(r.room.requests());
  f.tokens_left = left(r.room.tokens());
  f.refusals = r.refusals;
  return f;
}

} // namespace logos::scheduling
