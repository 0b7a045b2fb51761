// SPDX-License-Identifier: MIT
#include "actors/accounting/exchange.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace logos::accounting {
namespace {

/// What two prices have in common of which the later one takes the place of the other.
auto kind_of(const price& p) { return std::tuple{p.model_id, p.provider_id, p.type, p.own_type}; }

} // namespace

std::vector<price> convert(std::span<const quoted_price> prices, std::span<const rate> rates, std::string_view home,
                           std::vector<std::int64_t>& without_rate) {
  std::map<std::string_view, std::vector<const rate*>> by_currency;
  for (const auto& r : rates)
    by_currency[r.currency].push_back(&r);
  for (auto& [currency, all] : by_currency)
    std::sort(all.begin(), all.end(), [](const rate* a, const rate* b) { return a->valid_from < b->valid_from; });
  std::vector<price> out;
  out.reserve(prices.size());
  for (const auto& [facts, currency] : prices) {
    const auto known = by_currency.find(currency);
    if (currency == home || known == by_currency.end()) {
      out.push_back(facts);
      if (currency != home && !home.empty()) without_rate.push_back(facts.id);
      continue;
    }
    // Until the next one of its kind begins.
    auto end = core::wall_time::max();
    for (const auto& other : prices)
      if (kind_of(other.facts) == kind_of(facts) && other.facts.valid_from > facts.valid_from)
        end = std::min(end, other.facts.valid_from);
    const auto& all = known->second;
    auto at = std::upper_bound(all.begin(), all.end(), facts.valid_from,
                               [](core::wall_time t, const rate* r) { return t < r->valid_from; });
    if (at == all.begin())
      without_rate.push_back(facts.id);
    else
      --at;
    for (; at != all.end() && (*at)->valid_from < end; ++at) {
      auto& made = out.emplace_back(facts);
      made.valid_from = std::max(facts.valid_from, (*at)->valid_from);
      made.per_k_tokens = core::times(facts.per_k_tokens, (*at)->worth);
      made.rate_id = (*at)->id;
      made.rate_version = (*at)->version;
    }
  }
  return out;
}

} // namespace logos::accounting
