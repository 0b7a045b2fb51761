// SPDX-License-Identifier: MIT
#include "actors/scheduling/queue.hpp"

#include <algorithm>

namespace logos::scheduling {
namespace {

constexpr int turns_at_once = 32;       // so that no decision waits for many who rise together
constexpr int looked_at_in_haste = 4;   // at each lane, by deadline
constexpr std::uint32_t over_share = 4; // usual tickets that a key may have had above its share and still be hasty
constexpr std::uint32_t largest_cost = 1U << 24;

} // namespace

void queue::bound(std::uint32_t per_lane, std::uint32_t per_key) {
  per_lane_ = per_lane;
  per_key_ = per_key;
}

void queue::pace(std::chrono::microseconds learned) {
  pace_ = std::max<std::chrono::microseconds>(learned, ranking::shortest_pace);
}

admission queue::push(const waiting& ticket, bool bounded) {
  if (const auto known = index_.find({ticket.request, ticket.lane}); known != index_.end()) {
    auto& waits = entries_[known->second].ticket;
    waits.requester = ticket.requester;
    waits.round = ticket.round;
    return admission::known;
  }
  if (bounded && per_lane_ != 0 && size(ticket.lane) >= per_lane_) {
    ++lanes_[ticket.lane].turned_away;
    return admission::lane_full;
  }
  if (bounded && per_key_ != 0 && size_of_key(ticket.process_id) >= per_key_) {
    ++keys_[ticket.process_id].turned_away;
    return admission::key_full;
  }
  if (ticket.lane >= lanes_.size()) lanes_.resize(ticket.lane + 1);
  if (index_.empty()) origin_ = ticket.arrived;
  const auto at = make_slot();
  auto& e = entries_[at];
  e = {.ticket = ticket};
  e.cost = std::min(ticket.tokens != 0 ? ticket.tokens : std::max(usual(), 1U), largest_cost);
  e.standing = {.serial = serial_++, .at = at};
  usual_sum_ = usual_sum_ == 0 ? usual_of * e.cost : usual_sum_ - usual_sum_ / usual_of + e.cost;
  if (const auto from = ranking::hasty_from(ticket, pace_)) e.hastens = *from;
  auto& l = lanes_[ticket.lane];
  ++l.size;
  l.tokens += e.cost;
  enter(at, ranking::level_of(ticket.priority, ticket.mode), ticket.arrived);
  deadlines_.emplace(ticket.deadline, at);
  index_.emplace(key{ticket.request, ticket.lane}, at);
  ++keys_[ticket.process_id].size;
  return admission::queued;
}

std::optional<waiting> queue::next(const places& free, core::steady_time now, const std::function<bool(lane)>& admits) {
  if (index_.empty() || free.full()) return std::nullopt;
  turn(now);
  auto level = ranking::levels;
  const line::head* best = nullptr;
  for (lane l = 0; l < lanes_.size(); ++l) {
    if (lanes_[l].size == 0 || !free.has_room(l) || (admits && !admits(l))) continue;
    const auto here = lanes_[l].line.first_level();
    if (here > level) continue;
    const auto& head = lanes_[l].line.first(here);
    if (here == level && !(head < *best)) continue;
    level = here;
    best = &head;
  }
  if (best == nullptr) return std::nullopt;
  auto chosen = best->first.at;
  if (fair_turn_[level]) {
    fair_turn_[level] = false;
    return grant(chosen);
  }
  auto soonest = core::steady_time::max();
  for (lane l = 0; l < lanes_.size(); ++l) {
    if (lanes_[l].line.in_haste(level).empty() || !free.has_room(l) || (admits && !admits(l))) continue;
    const auto one = hasty_one(l, level, now);
    if (!one || entries_[*one].ticket.deadline >= soonest) continue;
    soonest = entries_[*one].ticket.deadline;
    chosen = *one;
  }
  fair_turn_[level] = soonest != core::steady_time::max();
  return grant(chosen);
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

queue::vacancy queue::room_for(const waiting& refused, admission why) const {
  // Who is over the bound came from before a restart, or the bound was larger: they have to leave, too.
  const auto must_leave = [](std::size_t here, std::size_t bound, std::size_t turned_away) {
    const auto over = here - std::min<std::size_t>(bound, here);
    return std::clamp<std::size_t>(over + std::max<std::size_t>(turned_away, 1), 1, std::max<std::size_t>(here, 1));
  };
  if (why == admission::lane_full) {
    const auto& l = lanes_[refused.lane];
    const auto leave = must_leave(l.size, per_lane_, l.turned_away);
    return {leave, leave};
  }
  const auto known = keys_.find(refused.process_id);
  if (known == keys_.end()) return {};
  const auto leave = must_leave(known->second.size, per_key_, known->second.turned_away);
  std::size_t grants = 0, left = leave;
  for (const auto& at : shares_) { // the levels above go first, with whoever waits there
    const auto own = std::size_t{at.waiting(refused.process_id)};
    if (own >= left) return {leave, grants + at.grants_for(refused.process_id, left)};
    grants += at.waiting();
    left -= own;
  }
  return {leave, grants};
}

std::size_t queue::size_of_key(std::int64_t process_id) const {
  const auto known = keys_.find(process_id);
  return known == keys_.end() ? 0 : known->second.size;
}

std::optional<core::steady_time> queue::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

std::optional<core::steady_time> queue::first(lane l, ranking::level levels) const {
  std::optional<core::steady_time> first;
  for (ranking::level at = 0; l < lanes_.size() && at < levels; ++at)
    if (const auto& here = lanes_[l].arrivals[at]; !here.empty())
      first = std::min(first.value_or(here.begin()->first), here.begin()->first);
  return first;
}

std::chrono::microseconds queue::waited(lane l, core::steady_time now, ranking::level levels) const {
  std::chrono::microseconds sum{0};
  for (ranking::level at = 0; l < lanes_.size() && at < levels; ++at)
    sum += since_origin(now) * static_cast<std::int64_t>(lanes_[l].arrivals[at].size()) - lanes_[l].arrived_sum[at];
  return sum;
}

const waiting* queue::find(const core::uuid& request, lane l) const {
  const auto known = index_.find({request, l});
  return known == index_.end() ? nullptr : &entries_[known->second].ticket;
}

std::optional<queue::standing> queue::position(const core::uuid& request, lane l) const {
  const auto known = index_.find({request, l});
  if (known == index_.end()) return std::nullopt;
  const auto& mine = entries_[known->second];
  const auto own_key = mine.ticket.process_id;
  const auto& here = lanes_[l].line;
  standing out{.level = mine.level};
  for (ranking::level above = 0; above < mine.level; ++above)
    here.each_key(above, [&](std::int64_t k, const std::set<line::place>& all) {
      out.before += all.size();
      out.own_before += k == own_key ? all.size() : 0;
    });
  const auto& shared = shares_[mine.level];
  line::head end{.mark = shared.mark(own_key), .first = mine.standing};
  here.each_key(mine.level, [&](std::int64_t k, const std::set<line::place>& all) {
    if (k != own_key) return;
    for (const auto& p : all) {
      if (!(p < mine.standing)) break;
      ++out.own_before;
      ++out.before;
      end.mark += shares::extent(entries_[p.at].cost, shared.weight(k));
    }
  });
  here.each_key(mine.level, [&](std::int64_t k, const std::set<line::place>& all) {
    if (k == own_key) return;
    auto mark = shared.mark(k);
    for (const auto& p : all) {
      if (!(line::head{mark, p} < end)) break;
      ++out.before;
      mark += shares::extent(entries_[p.at].cost, shared.weight(k));
    }
  });
  return out;
}

std::vector<queue::placed> queue::in_order(lane l) const {
  std::vector<placed> out;
  if (l >= lanes_.size()) return out;
  out.reserve(lanes_[l].size);
  std::vector<line::head> turns;
  for (ranking::level at = 0; at < ranking::levels; ++at) {
    turns.clear();
    const auto& shared = shares_[at];
    lanes_[l].line.each_key(at, [&](std::int64_t k, const std::set<line::place>& all) {
      auto mark = shared.mark(k);
      for (const auto& p : all) {
        turns.push_back({mark, p});
        mark += shares::extent(entries_[p.at].cost, shared.weight(k));
      }
    });
    std::sort(turns.begin(), turns.end());
    for (const auto& t : turns)
      out.push_back({&entries_[t.first.at].ticket, at});
  }
  return out;
}

queue::slot queue::make_slot() {
  if (spare_.empty()) {
    entries_.emplace_back();
    return static_cast<slot>(entries_.size() - 1);
  }
  const auto at = spare_.back();
  spare_.pop_back();
  return at;
}

std::chrono::microseconds queue::since_origin(core::steady_time t) const {
  return std::chrono::duration_cast<std::chrono::microseconds>(t - origin_);
}

/// Makes it wait at a level from `when` on.
void queue::enter(slot at, ranking::level l, core::steady_time when) {
  auto& e = entries_[at];
  const auto& t = e.ticket;
  e.level = l;
  e.standing.when = when + ranking::lag_of(e.cost, usual(), pace_);
  auto& shared = shares_[l];
  shared.enter(t.process_id, t.weight);
  auto& row = lanes_[t.lane];
  row.arrivals[l].emplace(t.arrived, at);
  row.arrived_sum[l] += since_origin(t.arrived);
  auto& here = row.line;
  const auto rises = l == 0 ? core::steady_time::max() : when + ranking::stay_at(l, pace_);
  const auto taken =
      here.add(l, t.process_id, {e.standing, when, rises, e.cost, l != ranking::level_of(t.priority, t.mode)},
               shared.mark(t.process_id));
  e.standing = taken.at;
  e.rises = taken.rises;
  if (e.hasty) here.in_haste(l).emplace(t.deadline, at);
  if (e.turn() != core::steady_time::max()) turns_.insert({e.turn(), e.standing.serial, at});
}

void queue::leave(slot at) {
  auto& e = entries_[at];
  const auto& t = e.ticket;
  auto& row = lanes_[t.lane];
  row.arrivals[e.level].erase({t.arrived, at});
  row.arrived_sum[e.level] -= since_origin(t.arrived);
  auto& here = row.line;
  auto& shared = shares_[e.level];
  here.remove(e.level, t.process_id, e.standing, shared.mark(t.process_id));
  if (e.hasty) here.in_haste(e.level).erase({t.deadline, at});
  if (e.turn() != core::steady_time::max()) turns_.erase({e.turn(), e.standing.serial, at});
  shared.leave(t.process_id);
}

/// Lets those rise whose time has come. Who is left over rises at the next decision.
void queue::turn(core::steady_time now) {
  for (int n = 0; n < turns_at_once && !turns_.empty() && turns_.begin()->when <= now; ++n) {
    const auto at = turns_.begin()->at;
    auto& e = entries_[at];
    if (e.hastens <= e.rises) {
      turns_.erase(turns_.begin());
      e.hastens = core::steady_time::max();
      e.hasty = true;
      lanes_[e.ticket.lane].line.in_haste(e.level).emplace(e.ticket.deadline, at);
      if (e.turn() != core::steady_time::max()) turns_.insert({e.turn(), e.standing.serial, at});
      continue;
    }
    const auto when = e.rises;
    leave(at);
    enter(at, static_cast<ranking::level>(e.level - 1), when);
  }
}

/// Whoever may go before others of its level at this lane. Whoever cannot make it any more is in no haste.
std::optional<queue::slot> queue::hasty_one(lane l, ranking::level at, core::steady_time now) {
  auto& all = lanes_[l].line.in_haste(at);
  while (!all.empty() && all.begin()->first <= now) {
    entries_[all.begin()->second].hasty = false;
    all.erase(all.begin());
  }
  int looked_at = 0;
  for (const auto& [deadline, one] : all) {
    if (++looked_at > looked_at_in_haste) break;
    if (shares_[at].within(entries_[one].ticket.process_id, over_share * usual())) return one;
  }
  return std::nullopt;
}

waiting queue::grant(slot at) {
  const auto& e = entries_[at];
  const auto k = e.ticket.process_id;
  auto& shared = shares_[e.level];
  shared.charge(k, e.cost);
  if (shared.waiting(k) > 1)
    for (auto& l : lanes_)
      l.line.rerank(e.level, k, shared.mark(k));
  const auto level = e.level;
  auto granted = take(at);
  granted.risen_to = ranking::priority_at(level, granted.priority, granted.mode);
  return granted;
}

waiting queue::take(slot at) {
  const waiting ticket = entries_[at].ticket;
  auto& l = lanes_[ticket.lane];
  --l.size;
  l.turned_away = l.size == 0 || l.turned_away == 0 ? 0 : l.turned_away - 1;
  l.tokens -= entries_[at].cost;
  leave(at);
  deadlines_.erase({ticket.deadline, at});
  index_.erase({ticket.request, ticket.lane});
  const auto of_key = keys_.find(ticket.process_id);
  if (of_key->second.turned_away > 0) --of_key->second.turned_away;
  if (--of_key->second.size == 0) keys_.erase(of_key);
  spare_.push_back(at);
  return ticket;
}

} // namespace logos::scheduling
