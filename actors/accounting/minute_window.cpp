// SPDX-License-Identifier: MIT
#include "actors/accounting/minute_window.hpp"

#include <algorithm>

namespace logos::accounting {

void minute_window::forget(core::steady_time now) {
  while (!entries_.empty() && entries_.front().last + length <= now) {
    sum_ -= entries_.front().amount;
    entries_.pop_front();
  }
}

std::int64_t minute_window::sum(core::steady_time now) {
  forget(now);
  return sum_;
}

void minute_window::add(core::steady_time at, std::int64_t amount) {
  sum_ += amount;
  const auto before = std::find_if(entries_.rbegin(), entries_.rend(), [at](const entry& e) { return e.first <= at; });
  if (before != entries_.rend() && at - before->first < grain) {
    before->last = std::max(before->last, at);
    before->amount += amount;
  } else {
    entries_.insert(before.base(), {at, at, amount});
  }
}

void minute_window::correct(core::steady_time at, std::int64_t difference) {
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [at](const entry& e) { return e.first <= at; });
  if (found == entries_.rend() || at > found->last) return;
  found->amount += difference;
  sum_ += difference;
}

core::steady_time minute_window::room_at(core::steady_time now, std::int64_t amount, std::int64_t limit) {
  auto left = sum(now);
  if (amount >= limit) { // asked for with each request: when all of it is free again
    const auto last = std::find_if(entries_.rbegin(), entries_.rend(), [](const entry& e) { return e.amount != 0; });
    return last == entries_.rend() ? now : last->last + length;
  }
  auto when = now;
  for (const auto& e : entries_) {
    if (left + amount <= limit) break;
    left -= e.amount;
    when = e.last + length;
  }
  return when;
}

} // namespace logos::accounting
