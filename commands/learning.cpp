// SPDX-License-Identifier: MIT
#include "commands/learning.hpp"

#include "actors/learning/advice.hpp"
#include "actors/learning/tenant.hpp"

namespace logos::commands {

learning::learner_parts learner_parts_of(const config::learning_settings& given, learning::store_factory open) {
  learning::learner_parts out;
  auto& rules = out.studies.learn;
  rules.per_tenant = given.per_tenant;
  rules.half_life = std::chrono::duration_cast<std::chrono::seconds>(given.half_life);
  rules.giver_limit = static_cast<float>(given.giver_limit);
  rules.estimate_limit = given.most_estimates;
  out.studies.keep = given.keep;
  out.remembers.implicit = given.implicit;
  out.remembers.memory = {given.memory_bytes, std::chrono::duration_cast<std::chrono::seconds>(given.remember)};
  out.open = std::move(open);
  out.comes = std::make_shared<learning::intake>();
  out.shows = std::make_shared<learning::board>(rules);
  return out;
}

advice advice_from(const config::learning_settings& given, std::shared_ptr<const learning::board> shows) {
  using classification::estimate;
  const auto last = std::make_shared<std::vector<estimate>>(); // of the decision that is made now, by candidate
  advice out;
  out.learned = [shows = std::move(shows), last](const catalog::principal& who, const classification::reading& asked,
                                                 std::span<classification::candidate> into) {
    *last = learning::advise(*shows->now(), learning::tenant_of(who), asked, core::system_clock().wall(), into);
  };
  if (given.explore_percent == 0) return out;
  const classification::exploration_rules rules{given.explore_percent / 100.0,
                                                static_cast<float>(given.most_loss_percent) / 100, given.seed};
  out.explores = [last, rules](const core::uuid& request, std::span<const classification::ranked> order) {
    std::vector<estimate> best_first;
    for (const auto& r : order)
      best_first.push_back(last->at(r.index));
    return classification::explore(best_first, rules, request);
  };
  return out;
}

} // namespace logos::commands
