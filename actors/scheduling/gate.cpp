// SPDX-License-Identifier: MIT
#include "actors/scheduling/gate.hpp"

#include <algorithm>

namespace logos::scheduling {

std::string_view gate::why() const {
  if (recovering_until_) return "not every node has said yet what it is running there";
  if (unreachable_since_) return "the provider cannot be reached";
  if (paused_until_) return "the provider has asked for a pause";
  return {};
}

std::uint32_t gate::looked_at_within_s(core::steady_time now) const {
  using namespace std::chrono;
  constexpr auto first_retry = 250ms;
  constexpr auto longest = 30s;
  if (!unreachable_since_) return 0;
  const auto wait = std::chrono::ceil<seconds>(
      std::min<core::steady_time::duration>(now - *unreachable_since_ + first_retry, longest));
  return static_cast<std::uint32_t>(std::max<std::int64_t>(wait.count(), 1));
}

std::optional<core::steady_time> gate::next_change(core::steady_time now) const {
  std::optional<core::steady_time> next;
  const auto consider = [&](core::steady_time t) {
    if (!next || t < *next) next = t;
  };
  if (recovering_until_) consider(*recovering_until_);
  if (paused_until_) consider(*paused_until_);
  if (unreachable_since_ && !given_up(now)) consider(*unreachable_since_ + grace_);
  return next;
}

void gate::observe(bool reachable, core::steady_time now) {
  if (reachable)
    unreachable_since_.reset();
  else if (!unreachable_since_)
    unreachable_since_ = now;
}

void gate::pause(core::steady_time until) { paused_until_ = paused_until_ ? std::max(*paused_until_, until) : until; }

void gate::recover(const std::vector<std::string>& reporters, core::steady_time fence) {
  for (const auto& name : reporters)
    if (!reported_.contains(name)) awaited_.insert(name);
  if (awaited_.empty())
    recovering_until_.reset();
  else
    recovering_until_ = fence;
}

void gate::report(const std::string& reporter) {
  reported_.insert(reporter);
  awaited_.erase(reporter);
  if (awaited_.empty()) recovering_until_.reset();
}

void gate::pass_time(core::steady_time now) {
  if (paused_until_ && *paused_until_ <= now) paused_until_.reset();
  if (recovering_until_ && *recovering_until_ <= now) {
    recovering_until_.reset();
    awaited_.clear();
  }
}

} // namespace logos::scheduling
