// SPDX-License-Identifier: MIT
#include "cluster/connector.hpp"

#include <caf/io/all.hpp>

#include <algorithm>
#include <set>

namespace logos::cluster {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds knock_every{50};
constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{2000};
constexpr milliseconds dial_time{5000};

} // namespace

connector_state::connector_state(actors::self_pointer<connector_state> self, caf::io::middleman_actor middleman,
                                 actors::node_actor node)
    : self_{self},
      middleman_{std::move(middleman)},
      node_{std::move(node)} {}

connector_state::handle::behavior_type connector_state::make_behavior() {
  return {
      [this](atom::adopt, const std::string& name, const std::string& address) { adopt(name, address); },
      [this](atom::gone, const std::string& name) { targets_.erase(name); },
      [this](atom::tick) { tick(); },
      [this](atom::status) { return self_->vitals("dialling " + std::to_string(targets_.size()) + " nodes"); },
  };
}

void connector_state::adopt(const std::string& name, const std::string& address) {
  const auto at = core::parse_endpoint(address);
  if (!at) return failed(name, "its address '" + address + "' is not host:port");
  if (targets_.empty()) self_->delayed_send(self_, knock_every, atom::tick_v);
  auto& t = targets_[name];
  if (t.at == *at) return; // is being tried
  t = {};
  t.at = *at;
  dial(name, t);
}

void connector_state::tick() {
  if (targets_.empty()) return;
  self_->delayed_send(self_, knock_every, atom::tick_v);
  const auto now = self_->clock().now();
  for (auto& [name, t] : targets_)
    if (!t.dialling && t.due <= now) dial(name, t);
}

void connector_state::dial(const std::string& name, target& t) {
  t.dialling = true;
  self_->request(middleman_, dial_time, caf::connect_atom::value, t.at.host, t.at.port)
      .then([this, who = name](const caf::node_id&, const caf::strong_actor_ptr& peer,
                               const std::set<std::string>&) { reached(who, peer); },
            [this, who = name](const caf::error& e) { failed(who, self_->system().render(e)); });
}

void connector_state::reached(const std::string& name, const caf::strong_actor_ptr& peer) {
  if (!peer) return failed(name, "nothing of ours is published there");
  if (targets_.erase(name) != 0)
    self_->send(node_, atom::hello_v, name, caf::actor_cast<actors::peer_actor>(peer), std::string{});
}

void connector_state::failed(const std::string& name, std::string why) {
  const auto at = targets_.find(name);
  if (at != targets_.end()) {
    auto& t = at->second;
    t.dialling = false;
    t.pause = t.pause == milliseconds{} ? first_pause : std::min(2 * t.pause, longest_pause);
    t.due = self_->clock().now() + t.pause;
    if (t.trouble == why) return;
    t.trouble = why;
  }
  self_->send(node_, atom::hello_v, name, actors::peer_actor{}, std::move(why));
}

} // namespace logos::cluster
