// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/explanations.hpp"
#include "actors/messages.hpp"
#include "actors/scheduling/outlook.hpp"

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
/// What `scheduler_state` wants to know of those who wait.
actors::queue_question everybody_waiting(const call& c);
/// Upstream's view of what waits and runs: how many at each provider, as its SCHEDULER says, and at each of its models
/// that the caller may use; of the requests that wait, the caller's own. `outlooks` may be null.
outcome scheduler_state(const call& c, const observations& seen, std::span<const actors::actor_status> all,
                        const actors::queue_page& queue, const scheduling::outlooks* outlooks);
/// `{"host":…}`: what a proxy says that it was asked for.
outcome show_forward_host(const call& c);

} // namespace logos::administration
