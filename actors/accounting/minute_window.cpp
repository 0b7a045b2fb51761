// SPDX-License-Identifier: MIT
#include "actors/accounting/minute_window.hpp"

#include <algorithm>

namespace logos::accounting {

void minute_window::forget(core::steady_time now) {
  while (!entries_.empty() && entries_.front().last + length <= now) {
    sum_ -= entries_.front().amount;
    reserved_ -= entries_.front().reserved;
    entries_.pop_front();
  }
}

std::int64_t minute_window::sum(core::steady_time now) {
  forget(now);
  return sum_;
}

void minute_window::add(core::steady_time at, std::int64_t amount) { add(at, amount, 0); }

void minute_window::reserve(core::steady_time at, std::int64_t amount) { add(at, amount, amount); }

void minute_window::add(core::steady_time at, std::int64_t amount, std::int64_t reserved) {
  sum_ += amount;
  reserved_ += reserved;
  const auto before = std::find_if(entries_.rbegin(), entries_.rend(), [at](const entry& e) { return e.first <= at; });
  if (before != entries_.rend() && at - before->first < grain) {
    before->last = std::max(before->last, at);
    before->amount += amount;
    before->reserved += reserved;
  } else {
    entries_.insert(before.base(), {at, at, amount, reserved});
  }
}

void minute_window::settle(core::steady_time at, std::int64_t reserved, std::int64_t amount, core::steady_time now) {
  forget(now);
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [at](const entry& e) { return e.first <= at; });
  if (found == entries_.rend() || at > found->last) {
    if (amount > reserved) add(now, amount - reserved);
    return;
  }
  found->amount += amount - reserved;
  found->reserved -= reserved;
  sum_ += amount - reserved;
  reserved_ -= reserved;
}

void minute_window::recall(core::steady_time at, std::int64_t reserved, std::int64_t amount, core::steady_time known) {
  if (known - at < length)
    add(at, amount);
  else if (amount > reserved)
    add(known, amount - reserved);
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

core::steady_time minute_window::earliest_room(core::steady_time now, std::int64_t amount, std::int64_t limit) {
  if (amount >= limit) return room_at(now, amount, limit);
  auto left = sum(now) - reserved_;
  auto when = now;
  for (const auto& e : entries_) {
    if (left + amount <= limit) break;
    left -= e.amount - e.reserved;
    when = e.last + length;
  }
  return when;
}

} // namespace logos::accounting
