// SPDX-License-Identifier: MIT
#include "actors/scheduling/queue.hpp"

#include <algorithm>

namespace logos::scheduling {
namespace {

constexpr std::uint8_t first_priority = 10;

} // namespace

void queue::bound(std::uint32_t per_lane, std::uint32_t per_key) {
  per_lane_ = per_lane;
  per_key_ = per_key;
}

admission queue::push(const waiting& ticket, bool bounded) {
  if (const auto known = index_.find({ticket.request, ticket.lane}); known != index_.end()) {
    auto& waits = entries_[known->second].ticket;
    waits.requester = ticket.requester;
    waits.round = ticket.round;
    return admission::known;
  }
  if (bounded && per_lane_ != 0 && size(ticket.lane) >= per_lane_) return admission::lane_full;
  if (bounded && per_key_ != 0 && size_of_key(ticket.process_id) >= per_key_) return admission::key_full;
  if (ticket.lane >= lanes_.size()) lanes_.resize(ticket.lane + 1);
  slot at;
  if (spare_.empty()) {
    at = static_cast<slot>(entries_.size());
    entries_.emplace_back();
  } else {
    at = spare_.back();
    spare_.pop_back();
  }
  entries_[at] = {ticket, serial_++};
  lanes_[ticket.lane].insert(rank_of(at));
  deadlines_.emplace(ticket.deadline, at);
  index_.emplace(key{ticket.request, ticket.lane}, at);
  ++keys_[ticket.process_id];
  return admission::queued;
}

std::optional<waiting> queue::next(const places& free) {
  if (index_.empty() || free.full()) return std::nullopt;
  const rank* best = nullptr;
  for (lane l = 0; l < lanes_.size(); ++l) {
    if (lanes_[l].empty() || !free.has_room(l)) continue;
    const rank& head = *lanes_[l].begin();
    if (best == nullptr || head < *best) best = &head;
  }
  if (best == nullptr) return std::nullopt;
  return take(best->at);
}

std::optional<waiting> queue::withdraw(const core::uuid& request, lane l) {
  const auto known = index_.find({request, l});
  if (known == index_.end()) return std::nullopt;
  return take(known->second);
}

std::optional<waiting> queue::expire(core::steady_time now) {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
  return take(deadlines_.begin()->second);
}

std::vector<waiting> queue::remove_if(const std::function<bool(const waiting&)>& wanted) {
  std::vector<slot> chosen;
  for (const auto& [deadline, at] : deadlines_)
    if (wanted(entries_[at].ticket)) chosen.push_back(at);
  std::vector<waiting> removed;
  removed.reserve(chosen.size());
  for (const auto at : chosen)
    removed.push_back(take(at));
  return removed;
}

std::size_t queue::size_of_key(std::int64_t process_id) const {
  const auto known = keys_.find(process_id);
  return known == keys_.end() ? 0 : known->second;
}

std::optional<core::steady_time> queue::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

queue::rank queue::rank_of(slot at) const {
  const auto& e = entries_[at];
  const auto behind = static_cast<std::uint8_t>(first_priority - std::min(e.ticket.priority, first_priority));
  return {behind, e.ticket.arrived, e.serial, at};
}

waiting queue::take(slot at) {
  const waiting ticket = entries_[at].ticket;
  lanes_[ticket.lane].erase(rank_of(at));
  deadlines_.erase({ticket.deadline, at});
  index_.erase({ticket.request, ticket.lane});
  const auto of_key = keys_.find(ticket.process_id);
  if (--of_key->second == 0) keys_.erase(of_key);
  spare_.push_back(at);
  return ticket;
}

} // namespace logos::scheduling
