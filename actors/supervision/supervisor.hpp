// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "actors/supervision/restart_plan.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace logos::supervision {

/// SUPERVISOR: makes actors from recipes and makes them again when they die. An actor that ends by itself or is shut
/// down in good order is not made again.
class supervisor_state {
public:
  using handle = actors::supervisor_actor;
  explicit supervisor_state(actors::self_pointer<supervisor_state> self);
  handle::behavior_type make_behavior();

private:
  struct ward {
    actors::recipe how;
    caf::actor actor; // empty while it is dead
    restart_plan plan;
    core::steady_time due{};    // of its next life, while it is dead
    actors::actor_status known; // its last answer
  };
  using tree_reply = std::vector<actors::actor_status>;
  struct census; // a tree that is being gathered

  void supervise(const actors::recipe& how);
  void retire(const std::string& name);
  caf::result<tree_reply> tree();
  void gone(const caf::down_msg& down);
  void make_due();
  void make(ward& w);
  void await(ward& w);
  actors::actor_status last_known(const ward& w, std::string state) const;

  actors::self_pointer<supervisor_state> self_;
  std::map<std::string, ward> wards_;
};

} // namespace logos::supervision
