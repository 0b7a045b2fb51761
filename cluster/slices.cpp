// SPDX-License-Identifier: MIT
#include "cluster/slices.hpp"

#include <algorithm>

namespace logos::cluster {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t smallest_wish = 4;
constexpr std::uint32_t largest_wish = 64;
constexpr milliseconds answer_time{1000}; // an answer that has not come by then is lost
constexpr milliseconds first_pause{100};  // after a denial; doubles with each
constexpr std::uint32_t most_doublings = 5;

} // namespace

bool slices::take(std::int64_t deployment_id) {
  const auto found = of_.find(deployment_id);
  if (found == of_.end()) return false;
  auto& s = found->second;
  if (s.recalled || s.used >= s.places) return false;
  ++s.used;
  s.peak = std::max(s.peak, s.used);
  return true;
}

std::uint32_t slices::put_back(std::int64_t deployment_id, bool contended) {
  auto& s = of_[deployment_id];
  if (s.used > 0) --s.used;
  if (!s.recalled && !contended) return 0;
  const auto back = s.places - s.used;
  s.places = s.used;
  if (s.places == 0) s.recalled = false;
  return back;
}

std::uint32_t slices::wanted(std::int64_t deployment_id, core::steady_time now) {
  auto& s = of_[deployment_id];
  if (now < s.not_before || s.recalled) return 0;
  const auto spare = s.places - s.used;
  if (spare > s.places / 4) return 0;
  s.asked = true;
  s.not_before = now + answer_time;
  return std::clamp(s.used, smallest_wish, largest_wish);
}

void slices::arrived(std::int64_t deployment_id, std::uint32_t places, core::steady_time now) {
  auto& s = of_[deployment_id];
  s.asked = false;
  s.places += places;
  if (places > 0) {
    s.denials = 0;
    s.not_before = now;
  } else {
    s.not_before = now + first_pause * (1U << std::min(s.denials, most_doublings));
    ++s.denials;
  }
}

std::uint32_t slices::recall(std::int64_t deployment_id, core::steady_time now) {
  auto& s = of_[deployment_id];
  const auto back = s.places - s.used;
  s.places = s.used;
  s.recalled = s.places > 0;
  s.not_before = now + answer_time;
  return back;
}

std::vector<std::pair<std::int64_t, std::uint32_t>> slices::close_period() {
  std::vector<std::pair<std::int64_t, std::uint32_t>> back;
  for (auto i = of_.begin(); i != of_.end();) {
    auto& s = i->second;
    // A quarter above what was needed, so that a steady load is not leased and given back in turns.
    const auto keep = s.peak + s.peak / 4;
    if (s.places > keep) {
      back.emplace_back(i->first, s.places - keep);
      s.places = keep;
    }
    s.peak = s.used;
    const bool idle = s.places == 0 && !s.asked && s.denials == 0;
    i = idle ? of_.erase(i) : std::next(i);
  }
  return back;
}

std::uint32_t slices::leased() const {
  std::uint32_t sum = 0;
  for (const auto& [id, s] : of_)
    sum += s.places;
  return sum;
}

std::uint32_t slices::free_places(std::int64_t deployment_id) const {
  const auto found = of_.find(deployment_id);
  return found == of_.end() ? 0 : found->second.places - found->second.used;
}

} // namespace logos::cluster
