// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/messages.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the gateway says of itself without asking the database.
namespace logos::administration {

/// The last that was seen of each provider, by id.
using observations = std::map<std::int64_t, actors::provider_observation>;

/// What `/health` tells besides the models.
struct node_facts {
  std::string_view node;
  std::string_view version;
  core::wall_time started{};
};

/// The OpenAI list of the models that the caller's profile may use and that some provider serves, by id.
outcome list_models(const call& c, core::wall_time created);
/// One of them, by name or alias.
outcome show_model(const call& c, core::wall_time created);
outcome show_health(const catalog::snapshot* catalog, const observations& seen, const node_facts& self,
                    core::wall_time now);
/// `{"actors":[…]}`
outcome list_actors(std::span<const actors::actor_status> all);
/// Upstream's view of what waits and runs: how many at each provider, as its SCHEDULER says.
outcome scheduler_state(const call& c, const observations& seen, std::span<const actors::actor_status> all);
/// `{"host":…}`: what a proxy says that it was asked for.
outcome show_forward_host(const call& c);

} // namespace logos::administration
