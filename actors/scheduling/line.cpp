// SPDX-License-Identifier: MIT
#include "actors/scheduling/line.hpp"

#include <algorithm>
#include <iterator>

namespace logos::scheduling {

core::steady_time line::behind_equals(order& o, const newcomer& n) {
  auto& all = o.latest;
  auto when = n.at.when;
  const auto larger = all.upper_bound(ranking::hardly_larger(n.cost));
  if (larger != all.begin()) when = std::max(when, std::prev(larger)->second);
  while (!all.empty() && all.begin()->second <= n.since) // nobody who comes from now on can stand before that
    all.erase(all.begin());
  const auto next = all.upper_bound(n.cost);
  if (next != all.begin() && std::prev(next)->second >= n.at.when) return when;
  const auto mine = all.insert_or_assign(n.cost, n.at.when).first;
  for (auto over = std::next(mine); over != all.end() && over->second <= n.at.when;)
    over = all.erase(over);
  return when;
}

line::newcomer line::add(ranking::level l, std::int64_t key, newcomer n, std::uint64_t mark) {
  auto& t = tiers_[l];
  auto& f = t.flows[key];
  if (!f.places.empty()) t.heads.erase(f.standing);
  if (auto& o = f.came[n.risen ? 1 : 0]; n.since >= o.since) {
    o.since = n.since;
    n.at.when = behind_equals(o, n);
    n.rises = o.rises = std::max(o.rises, n.rises);
  }
  f.places.insert(n.at);
  stand(t, f, mark);
  return n;
}

void line::remove(ranking::level l, std::int64_t key, const place& p, std::uint64_t mark) {
  auto& t = tiers_[l];
  const auto at = t.flows.find(key);
  auto& f = at->second;
  t.heads.erase(f.standing);
  f.places.erase(p);
  if (f.places.empty())
    t.flows.erase(at);
  else
    stand(t, f, mark);
}

void line::rerank(ranking::level l, std::int64_t key, std::uint64_t mark) {
  auto& t = tiers_[l];
  const auto at = t.flows.find(key);
  if (at == t.flows.end() || at->second.standing.mark == mark) return;
  t.heads.erase(at->second.standing);
  stand(t, at->second, mark);
}

ranking::level line::first_level() const {
  ranking::level l = 0;
  while (l < ranking::levels && tiers_[l].heads.empty())
    ++l;
  return l;
}

void line::stand(tier& t, flow& f, std::uint64_t mark) {
  f.standing = {mark, *f.places.begin()};
  t.heads.insert(f.standing);
}

} // namespace logos::scheduling
