// SPDX-License-Identifier: MIT
#include "actors/scheduling/line.hpp"

namespace logos::scheduling {

void line::add(ranking::level l, std::int64_t key, const place& p, std::uint64_t mark) {
  auto& t = tiers_[l];
  auto& f = t.flows[key];
  if (!f.places.empty()) t.heads.erase(f.standing);
  f.places.insert(p);
  stand(t, f, mark);
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
