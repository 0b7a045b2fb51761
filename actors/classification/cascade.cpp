// SPDX-License-Identifier: MIT
#include "actors/classification/cascade.hpp"

#include <algorithm>
#include <utility>

namespace logos::classification {
namespace {

core::nano price_of(const allowed_model& c, const catalog::snapshot& in, const likely_use& use) {
  core::nano most = 0;
  accounting::counted_tokens tokens;
  tokens.prompt = use.prompt_tokens;
  tokens.completion = use.answer_tokens;
  for (const auto id : c.deployments)
    if (const auto* d = in.find_deployment(id))
      if (const auto cost = in.prices.cost_of(c.model->id, d->provider->id, tokens, use.at))
        most = std::max(most, cost->amount);
  return most;
}

} // namespace

std::vector<allowed_model> cascade_of(std::vector<allowed_model> ranked, const catalog::snapshot& in,
                                      const core::cascade& rules, const likely_use& use) {
  if (ranked.empty()) return ranked;
  // Of equals the first: a higher weight is cheaper.
  const auto order = [&](const allowed_model& c) { return std::pair{price_of(c, in, use), -c.model->weight_cost}; };
  auto cheapest = ranked.begin();
  auto least = order(*cheapest);
  for (auto at = ranked.begin() + 1; at != ranked.end(); ++at)
    if (auto own = order(*at); own < least) {
      cheapest = at;
      least = own;
    }
  std::rotate(ranked.begin(), cheapest, cheapest + 1);
  if (ranked.size() > static_cast<std::size_t>(rules.most_steps))
    ranked.resize(static_cast<std::size_t>(rules.most_steps));
  const auto has_own_rules = [&](const allowed_model& c) { return is_ruled(in, c.model->id); };
  ranked.erase(std::remove_if(ranked.begin() + 1, ranked.end(), has_own_rules), ranked.end());
  return ranked;
}

bool is_ruled(const catalog::snapshot& in, std::int64_t model_id) {
  accounting::parties own{};
  own[static_cast<std::size_t>(core::scope::model)] = model_id;
  return in.governs(own);
}

} // namespace logos::classification
