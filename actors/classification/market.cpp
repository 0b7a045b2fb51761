// SPDX-License-Identifier: MIT
#include "actors/classification/market.hpp"

#include "actors/ingress/prospects.hpp"

#include <boost/container/small_vector.hpp>

namespace logos::classification {
namespace {

using ingress::prospect;

std::optional<std::int64_t> price_of(const errand_facts& of, const catalog::deployment& d) {
  if (of.snapshot.prices.empty()) return std::nullopt;
  accounting::counted_tokens likely;
  likely.prompt = of.prompt_tokens;
  likely.completion = std::int64_t{of.tokens} - of.prompt_tokens;
  const auto cost = of.snapshot.prices.cost_of(d.model->id, d.provider->id, likely, of.received);
  return cost ? std::optional{cost->amount} : std::nullopt;
}

measured_facts facts_of(const prospect& p) {
  measured_facts out;
  if (!p.known) return out;
  if (p.first_token.count() > 0) out.first_byte = p.first_token;
  out.wait = p.wait + p.load;
  out.error_rate = p.open ? p.failed_permille / 1000.0 : 1.0;
  return out;
}

} // namespace

measured_facts look_at(const errand_facts& of, const scheduling::outlooks* seen, allowed_model& where) {
  boost::container::small_vector<const catalog::deployment*, 8> open; // seldom more
  for (const auto id : where.deployments)
    open.push_back(of.snapshot.find_deployment(id));
  const ingress::wanderer w{of.snapshot, of.policy, of.key, of.body, of.tokens, of.prompt_tokens, of.received};
  const auto prospects = ingress::prospects_of(w, open, seen);
  std::size_t first = 0;
  if (prospects.size() > 1) {
    const auto order = ingress::rank(prospects, ingress::taste_of(of.policy));
    for (std::size_t i = 0; i < order.size(); ++i)
      where.deployments[i] = prospects[order[i].index].deployment_id;
    first = order.front().index;
  }
  auto out = facts_of(prospects[first]);
  out.price_nano = price_of(of, *open[first]);
  if (where.model->context_tokens > 0) out.context_tokens = where.model->context_tokens;
  return out;
}

} // namespace logos::classification
