// SPDX-License-Identifier: MIT
#include "actors/scheduling/places.hpp"

#include <algorithm>

namespace logos::scheduling {

void places::limit(std::uint32_t per_lane, std::uint32_t overall, const own_limits& own) {
  per_lane_ = per_lane == 0 ? unlimited : per_lane;
  overall_ = overall == 0 ? unlimited : overall;
  own_ = {own.begin(), own.end()};
  for (auto& l : lanes_)
    l.limit = limit_for(l.deployment_id);
}

std::uint32_t places::limit_for(std::int64_t deployment_id) const {
  const auto at = own_.find(deployment_id);
  return at == own_.end() || at->second == 0 ? per_lane_ : at->second;
}

lane places::lane_of(std::int64_t deployment_id) {
  const auto [at, made] = index_.try_emplace(deployment_id, static_cast<lane>(lanes_.size()));
  if (made) lanes_.push_back({deployment_id, 0, limit_for(deployment_id)});
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
