// SPDX-License-Identifier: MIT
#include "actors/scheduling/places.hpp"

#include <algorithm>

namespace logos::scheduling {

void places::limit(std::uint32_t per_lane, std::uint32_t overall, const own_limits& own) {
  per_lane_ = per_lane == 0 ? unlimited : per_lane;
  said_overall_ = overall == 0 ? unlimited : overall;
  own_ = {own.begin(), own.end()};
  apply();
}

void places::suppose(std::uint32_t per_lane, std::uint32_t overall) {
  supposed_per_lane_ = per_lane == 0 ? unlimited : per_lane;
  supposed_overall_ = overall == 0 ? unlimited : overall;
  apply();
}

void places::apply() {
  overall_ = said_overall_;
  // Who says how many of each may be in flight does not mean fewer of all of them.
  if (per_lane_ == unlimited) overall_ = std::min(said_overall_, supposed_overall_);
  for (auto& l : lanes_) {
    l = limited(l);
    if (l.own) overall_ = std::min(said_overall_, std::max(overall_, l.limit));
  }
}

places::row places::limited(row r) const {
  const auto at = own_.find(r.deployment_id);
  r.own = at != own_.end() && at->second != 0;
  r.limit = r.own ? at->second : per_lane_ != unlimited ? per_lane_ : supposed_per_lane_;
  return r;
}

lane places::lane_of(std::int64_t deployment_id) {
  const auto [at, made] = index_.try_emplace(deployment_id, static_cast<lane>(lanes_.size()));
  if (made) {
    lanes_.push_back({deployment_id, 0, unlimited, false});
    apply();
  }
  return at->second;
}

std::uint32_t places::room(lane l) const {
  if (!has_room(l)) return 0;
  const auto here = lanes_[l].limit == unlimited ? unlimited : lanes_[l].limit - lanes_[l].taken;
  const auto everywhere = overall_ == unlimited ? unlimited : overall_ - taken_;
  return std::min(here, everywhere);
}

void places::take(lane l, std::uint32_t n) {
  lanes_[l].taken += n;
  taken_ += n;
}

void places::put_back(lane l, std::uint32_t n) {
  lanes_[l].taken -= n;
  taken_ -= n;
}

} // namespace logos::scheduling
