// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/ranking.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>
#include <vector>

namespace logos::scheduling {

/// The rules of `queue` once more, as plainly as possible: everything is linear, and nothing is kept that can be found.
class naive_queue {
public:
  void pace(std::chrono::microseconds p) { pace_ = p; }

  void push(const waiting& w) {
    item i{.ticket = w, .serial = serial_++};
    i.cost = w.tokens != 0 ? static_cast<int>(w.tokens) : std::max(usual(), 1);
    usual_sum_ = usual_sum_ == 0 ? 16 * i.cost : usual_sum_ - usual_sum_ / 16 + i.cost;
    i.hastens = ranking::hasty_from(w, pace_);
    enter(i, ranking::level_of(w.priority, w.mode), w.arrived);
    all_.push_back(i);
  }

  std::optional<waiting> next(const std::function<bool(lane)>& open, core::steady_time now) {
    if (all_.empty()) return std::nullopt;
    turn(now);
    auto best = all_.end();
    for (auto i = all_.begin(); i != all_.end(); ++i)
      if (open(i->ticket.lane) && (best == all_.end() || order(*i) < order(*best))) best = i;
    if (best == all_.end()) return std::nullopt;
    const auto level = best->level;
    if (fair_turn_[level]) {
      fair_turn_[level] = false;
    } else if (const auto one = hasty_one(open, level, now); one != all_.end()) {
      fair_turn_[level] = true;
      best = one;
    }
    auto& v = virtual_[level];
    auto& mark = marks_[{level, best->ticket.process_id}];
    std::map<std::int64_t, std::uint32_t> weights;
    std::uint64_t weight = 0;
    for (const auto& i : all_)
      if (i.level == level && weights.emplace(i.ticket.process_id, i.ticket.weight).second) weight += i.ticket.weight;
    const auto extent = static_cast<std::uint64_t>(best->cost) << 20;
    v = std::max(v + std::max<std::uint64_t>(extent / (8 * weight), 1), mark);
    mark += extent / best->ticket.weight;
    return take(best);
  }

  std::optional<waiting> withdraw(const core::uuid& request, lane l) {
    return take(std::find_if(all_.begin(), all_.end(),
                             [&](const item& i) { return i.ticket.request == request && i.ticket.lane == l; }));
  }
  std::vector<waiting> expired(core::steady_time now) {
    std::vector<waiting> out;
    while (true) {
      const auto w =
          take(std::find_if(all_.begin(), all_.end(), [&](const item& i) { return i.ticket.deadline <= now; }));
      if (!w) return out;
      out.push_back(*w);
    }
  }

  template <class Wanted>
  std::size_t count(Wanted wanted) const {
    return static_cast<std::size_t>(
        std::count_if(all_.begin(), all_.end(), [&](const item& i) { return wanted(i.ticket); }));
  }
  std::size_t size() const { return all_.size(); }
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& i : all_)
      visit(i.ticket, i.cost);
  }

private:
  struct item {
    waiting ticket{};
    std::uint64_t serial = 0;
    int cost = 0;
    ranking::level level = 0;
    core::steady_time when{};
    std::optional<core::steady_time> rises{}, hastens{};
    bool hasty = false;
  };
  using items = std::vector<item>;
  /// Who came to a flow while anybody waited there, and what it would have been by itself.
  struct arrival {
    bool risen = false;
    core::steady_time since{}, when{}, rises{};
    int cost = 0;
  };

  void enter(item& i, ranking::level l, core::steady_time when) {
    const auto key = i.ticket.process_id;
    const bool alone = std::none_of(all_.begin(), all_.end(), [&](const item& o) {
      return &o != &i && o.level == l && o.ticket.process_id == key;
    });
    if (alone) marks_[{l, key}] = std::max(marks_[{l, key}], virtual_[l]);
    i.level = l;
    i.when = when + ranking::lag_of(static_cast<std::uint32_t>(i.cost), static_cast<std::uint32_t>(usual()), pace_);
    i.rises.reset();
    if (l > 0) i.rises = when + ranking::stay_at(l, pace_);
    stand(i, when);
  }
  /// Behind whoever came before and is no more than a quarter larger, and rises no sooner.
  void stand(item& i, core::steady_time since) {
    auto& before = came_[flow_of(i)];
    const bool risen = i.level != ranking::level_of(i.ticket.priority, i.ticket.mode);
    const arrival mine{risen, since, i.when, i.rises.value_or(core::steady_time{}), i.cost};
    for (const auto& a : before)
      if (a.risen == risen && a.since > since) return; // it has waited elsewhere
    for (const auto& a : before) {
      if (a.risen != risen) continue;
      if (a.cost <= i.cost + i.cost / 4) i.when = std::max(i.when, a.when);
      if (i.rises) i.rises = std::max(i.rises.value(), a.rises);
    }
    before.push_back(mine);
  }
  std::tuple<int, lane, std::int64_t> flow_of(const item& i) const {
    return {i.level, i.ticket.lane, i.ticket.process_id};
  }
  void settle(const std::tuple<int, lane, std::int64_t>& flow) {
    if (std::none_of(all_.begin(), all_.end(), [&](const item& i) { return flow_of(i) == flow; })) came_.erase(flow);
  }
  int usual() const { return usual_sum_ / 16; }
  /// Where nobody waits, nobody has had more than others.
  void settle(ranking::level l) {
    if (std::any_of(all_.begin(), all_.end(), [&](const item& i) { return i.level == l; })) return;
    virtual_[l] = 0;
    std::erase_if(marks_, [&](const auto& m) { return m.first.first == l; });
  }
  std::tuple<int, std::uint64_t, core::steady_time, std::uint64_t> order(const item& i) {
    // Only whoever is first of its key and lane stands for it.
    for (const auto& o : all_)
      if (o.level == i.level && o.ticket.lane == i.ticket.lane && o.ticket.process_id == i.ticket.process_id &&
          std::tie(o.when, o.serial) < std::tie(i.when, i.serial))
        return {ranking::levels, 0, i.when, i.serial};
    return {i.level, marks_[{i.level, i.ticket.process_id}], i.when, i.serial};
  }
  void turn(core::steady_time now) {
    for (int n = 0; n < 32; ++n) {
      const auto never = core::steady_time::max();
      const auto turn_of = [&](const item& i) { return std::min(i.rises.value_or(never), i.hastens.value_or(never)); };
      const auto i = std::min_element(all_.begin(), all_.end(),
                                      [&](const item& a, const item& b) { return turn_of(a) < turn_of(b); });
      if (i == all_.end() || turn_of(*i) > now) return;
      if (i->hastens && i->hastens.value() <= i->rises.value_or(never)) {
        i->hasty = true;
        i->hastens.reset();
        continue;
      }
      const auto before = i->level;
      const auto flow = flow_of(*i);
      enter(*i, static_cast<ranking::level>(before - 1), i->rises.value());
      settle(before);
      settle(flow);
    }
  }
  items::iterator hasty_one(const std::function<bool(lane)>& open, ranking::level l, core::steady_time now) {
    items::iterator best = all_.end();
    for (lane at = 0; at < 64; ++at) {
      if (!open(at)) continue;
      std::vector<items::iterator> here;
      for (auto i = all_.begin(); i != all_.end(); ++i)
        if (i->level == l && i->ticket.lane == at && i->hasty && i->ticket.deadline > now) here.push_back(i);
      std::sort(here.begin(), here.end(), [](auto a, auto b) { return a->ticket.deadline < b->ticket.deadline; });
      here.resize(std::min<std::size_t>(here.size(), 4));
      for (const auto i : here) {
        const auto more = (4ULL * static_cast<std::uint64_t>(usual()) << 20) / i->ticket.weight;
        if (marks_[{l, i->ticket.process_id}] > virtual_[l] + more) continue;
        if (best == all_.end() || i->ticket.deadline < best->ticket.deadline) best = i;
        break;
      }
    }
    return best;
  }
  std::optional<waiting> take(items::iterator at) {
    if (at == all_.end()) return std::nullopt;
    const auto w = at->ticket;
    const auto level = at->level;
    const auto flow = flow_of(*at);
    all_.erase(at);
    settle(level);
    settle(flow);
    return w;
  }

  items all_;
  std::map<std::tuple<int, lane, std::int64_t>, std::vector<arrival>> came_;
  std::map<std::pair<ranking::level, std::int64_t>, std::uint64_t> marks_;
  std::uint64_t virtual_[ranking::levels] = {};
  bool fair_turn_[ranking::levels] = {};
  std::uint64_t serial_ = 0;
  std::chrono::microseconds pace_{std::chrono::seconds{1}};
  int usual_sum_ = 0;
};

} // namespace logos::scheduling
