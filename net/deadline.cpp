// SPDX-License-Identifier: MIT
#include "net/deadline.hpp"

#include <algorithm>

namespace logos::net {

void deadline_wheel::file(deadline_entry& entry) {
  if (entry.filed()) entry.unlink();
  entry.filed_ = std::min(std::max(entry.due_, tick_ + 1), tick_ + slot_count - 1);
  slots_[entry.filed_ % slot_count].push_back(entry);
}

void deadline_wheel::set(deadline_entry& entry, std::chrono::milliseconds after) {
  const auto ticks = after <= after.zero() ? 0 : (after + deadline_tick - std::chrono::milliseconds{1}) / deadline_tick;
  entry.due_ = tick_ + 1 + static_cast<std::uint64_t>(ticks);
  if (!entry.filed() || entry.filed_ > entry.due_) file(entry);
}

void deadline_wheel::advance(core::steady_time now) {
  const std::uint64_t target = tick_of(now);
  // After a long sleep one turn of the wheel meets every entry.
  if (target > tick_ + slot_count) tick_ = target - slot_count;
  while (tick_ < target) {
    ++tick_;
    slot due;
    due.splice(due.end(), slots_[tick_ % slot_count]);
    while (!due.empty()) {
      deadline_entry& entry = due.front();
      entry.unlink();
      if (entry.due_ == 0) continue;
      if (entry.due_ > tick_) {
        file(entry);
      } else {
        entry.due_ = 0;
        entry.on_deadline();
      }
    }
  }
}

bool deadline_wheel::idle() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const slot& s) { return s.empty(); });
}

} // namespace logos::net
