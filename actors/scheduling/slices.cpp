// SPDX-License-Identifier: MIT
#include "actors/scheduling/slices.hpp"

#include <algorithm>

namespace logos::scheduling {

void slices::introduce(std::uint32_t requester) {
  if (!knows(requester)) delegates_.push_back(requester);
}

std::uint32_t slices::lease(std::uint32_t requester, lane l, std::uint32_t wanted) {
  const auto share = taken_.room(l) / static_cast<std::uint32_t>(delegates_.size() + 1);
  const auto n = std::min(wanted, share);
  if (n == 0) return 0;
  taken_.take(l, n);
  const auto same = [&](const item& x) { return x.requester == requester && x.lane == l; };
  if (const auto at = std::find_if(items_.begin(), items_.end(), same); at != items_.end()) {
    at->places += n;
    at->recalled = false;
  } else {
    items_.push_back({requester, l, n, false});
  }
  return n;
}

std::uint32_t slices::give_back(std::uint32_t requester, lane l, std::uint32_t n) {
  const auto same = [&](const item& x) { return x.requester == requester && x.lane == l; };
  const auto at = std::find_if(items_.begin(), items_.end(), same);
  if (at == items_.end()) return 0;
  n = std::min(n, at->places);
  taken_.put_back(l, n);
  at->places -= n;
  if (n > 0) at->recalled = false; // none is the answer of who has them all in use, and gives them back by itself
  if (at->places == 0) items_.erase(at);
  return n;
}

bool slices::knows(std::uint32_t requester) const {
  return std::find(delegates_.begin(), delegates_.end(), requester) != delegates_.end();
}

void slices::void_all(std::uint32_t requester) {
  std::erase_if(items_, [&](const item& x) {
    if (x.requester != requester) return false;
    taken_.put_back(x.lane, x.places);
    return true;
  });
}

void slices::end_all(std::uint32_t requester) {
  void_all(requester);
  std::erase(delegates_, requester);
}

void slices::recall(const std::function<bool(lane)>& wanted, const std::function<void(std::uint32_t, lane)>& recall) {
  for (auto& x : items_) {
    if (x.recalled || !wanted(x.lane)) continue;
    x.recalled = true;
    recall(x.requester, x.lane);
  }
}

void slices::forget_recalls() {
  for (auto& x : items_)
    x.recalled = false;
}

std::uint32_t slices::leased() const {
  std::uint32_t sum = 0;
  for (const auto& x : items_)
    sum += x.places;
  return sum;
}

bool slices::any_of(std::uint32_t requester) const {
  return std::any_of(items_.begin(), items_.end(), [&](const item& x) { return x.requester == requester; });
}

} // namespace logos::scheduling
