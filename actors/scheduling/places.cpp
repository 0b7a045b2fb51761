// SPDX-License-Identifier: MIT
#include "actors/scheduling/places.hpp"

#include <algorithm>

namespace logos::scheduling {

void places::limit(std::uint32_t per_lane, std::uint32_t overall) {
  per_lane_ = per_lane == 0 ? unlimited : per_lane;
  overall_ = overall == 0 ? unlimited : overall;
}

lane places::lane_of(std::int64_t deployment_id) {
  const auto [at, made] = index_.try_emplace(deployment_id, static_cast<lane>(lanes_.size()));
  if (made) lanes_.push_back({deployment_id, 0});
  return at->second;
}

std::uint32_t places::room(lane l) const {
  if (!has_room(l)) return 0;
  const auto here = per_lane_ == unlimited ? unlimited : per_lane_ - lanes_[l].taken;
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
