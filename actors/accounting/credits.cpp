// SPDX-License-Identifier: MIT
#include "actors/accounting/credits.hpp"

#include <algorithm>
#include <limits>

namespace logos::accounting {
namespace {

__extension__ using wide = __int128;
using limits = std::numeric_limits<core::nano>;

core::nano clamped(wide sum, core::nano least) {
  return static_cast<core::nano>(std::clamp<wide>(sum, least, limits::max()));
}

} // namespace

std::vector<period_credit> credit_sums::list() const {
  std::vector<period_credit> out;
  for (const auto& [begins, sum] : sums_)
    if (sum != 0) out.push_back({begins, clamped(sum, limits::min())});
  return out;
}

core::nano credited(const std::vector<period_credit>& all, core::wall_time begins) {
  const auto at = std::lower_bound(all.begin(), all.end(), begins,
                                   [](const period_credit& c, core::wall_time t) { return c.begins < t; });
  return at == all.end() || at->begins != begins ? 0 : at->sum;
}

core::nano allowed(core::nano amount, core::nano credited) { return clamped(wide{amount} + credited, 0); }

} // namespace logos::accounting
