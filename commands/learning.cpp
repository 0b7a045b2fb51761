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
  out.studies.keep = given.keep;
  out.remembers.implicit = given.implicit;
  out.remembers.memory = {given.memory_bytes, std::chrono::duration_cast<std::chrono::seconds>(given.remember)};
  out.open = std::move(open);
  out.comes = std::make_shared<learning::intake>();
  out.shows = std::make_shared<learning::board>(rules);
  return out;
}

classification::learned_source advice_from(std::shared_ptr<const learning::board> shows) {
  return [shows = std::move(shows)](const catalog::principal& who, const classification::reading& asked,
                                    std::span<classification::candidate> into) {
    (void)learning::advise(*shows->now(), learning::tenant_of(who), asked, core::system_clock().wall(), into);
  };
}

} // namespace logos::commands
