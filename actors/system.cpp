// SPDX-License-Identifier: MIT
#include "actors/system.hpp"

#include "actors/handles.hpp"

#include <caf/all.hpp>

namespace logos::actors {

system_config::system_config() {
  add_message_types<caf::id_block::logos_types>();
  add_message_types<caf::id_block::logos_actors>();
  // CAF 0.17 sends a vector to another node only under a name of its own.
  add_message_type<std::vector<actor_status>>("std::vector<logos::actor_status>");
  add_message_type<std::vector<outlook>>("std::vector<logos::outlook>");
  // `sharing` sleeps on a condition variable: no idle polling, and a woken worker is the only one woken (shared/caf.md
  // 8).
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", 2);
  set("scheduler.max-throughput", 300);
}

} // namespace logos::actors
