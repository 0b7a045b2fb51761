// SPDX-License-Identifier: MIT
#include "actors/accounting/account_book.hpp"

#include <algorithm>

namespace logos::accounting {

std::vector<limit_use> account_book::uses_of(const std::vector<std::int64_t>& limits, core::steady_time now) {
  std::map<std::int64_t, limit_use> made;
  for (const auto id : limits) {
    const auto at = limits_.find(id);
    if (at == limits_.end()) continue;
    auto& s = at->second;
    auto& use = made[id];
    use.id = id;
    use.used = s.rule.kind == core::limit_kind::parallel_requests ? s.parallel : s.window.sum(now);
    use.remaining = std::max<std::int64_t>(s.rule.value - use.used, 0);
  }
  if (made.empty()) return {};
  // Once over what is open, however many limits are asked for.
  for (const auto& [request, r] : open_)
    for (const auto& a : r.about->limits) {
      const auto use = made.find(a.rule);
      if (use == made.end()) continue;
      const auto& s = limits_.at(a.rule);
      if (s.since != a.since) continue; // of a former rule
      if (s.rule.kind != core::limit_kind::parallel_requests && r.at + minute_window::length <= now) continue;
      use->second.reserved += s.rule.kind == core::limit_kind::tokens_per_minute ? r.what.tokens : 1;
    }
  std::vector<limit_use> all;
  for (auto& [id, use] : made) {
    use.reserved = std::min(use.reserved, use.used); // what leaves the minute leaves it in grains
    all.push_back(use);
  }
  return all;
}

std::vector<budget_use> account_book::budget_uses_of(const std::vector<std::int64_t>& budgets,
                                                     core::wall_time moment) const {
  std::vector<budget_use> all;
  for (const auto id : budgets) {
    const auto at = budgets_.find(id);
    if (at == budgets_.end()) continue;
    const auto now = balance_of(at->second, moment);
    all.push_back({id, now.spent, static_cast<core::nano>(std::min<wide>(now.held, most_money))});
  }
  return all;
}

} // namespace logos::accounting
