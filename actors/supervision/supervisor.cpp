// SPDX-License-Identifier: MIT
#include "actors/supervision/supervisor.hpp"

namespace logos::supervision {
namespace {

constexpr std::chrono::milliseconds status_time{500};

bool in_good_order(const caf::error& reason) { return !reason || reason == caf::exit_reason::user_shutdown; }

} // namespace

/// Answers when the last actor has answered or has been waited for long enough.
struct supervisor_state::census {
  caf::typed_response_promise<tree_reply> promise;
  tree_reply found;
  std::size_t open = 0;

  void add(actors::actor_status s) {
    found.push_back(std::move(s));
    if (--open == 0) promise.deliver(std::move(found));
  }
};

supervisor_state::supervisor_state(actors::self_pointer<supervisor_state> self) : self_{self} {}

supervisor_state::handle::behavior_type supervisor_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& down) { gone(down); });
  return {
      [this](atom::supervise, const actors::recipe& how) { supervise(how); },
      [this](atom::retire, const std::string& name) { retire(name); },
      [this](atom::tree) { return tree(); },
      [this](atom::tick) { make_due(); },
      [this](atom::status) { return self_->vitals("watching " + std::to_string(wards_.size()) + " actors"); },
  };
}

void supervisor_state::supervise(const actors::recipe& how) {
  retire(how.name);
  auto& w = wards_[how.name];
  w.how = how;
  make(w);
}

void supervisor_state::retire(const std::string& name) {
  const auto at = wards_.find(name);
  if (at == wards_.end()) return;
  if (at->second.actor) {
    self_->demonitor(at->second.actor);
    actors::stop_now(at->second.actor);
  }
  wards_.erase(at);
}

caf::result<supervisor_state::tree_reply> supervisor_state::tree() {
  auto gathering = std::make_shared<census>();
  gathering->promise = self_->make_response_promise<tree_reply>();
  gathering->open = wards_.size() + 1;
  auto promise = gathering->promise;
  for (auto& [name, w] : wards_) {
    if (!w.actor) {
      gathering->add(last_known(w, "dead, made again soon"));
      continue;
    }
    self_->request(caf::actor_cast<actors::status_actor>(w.actor), status_time, atom::status_v)
        .then(
            [this, gathering, ward_name = name](const actors::actor_status& s) {
              if (const auto at = wards_.find(ward_name); at != wards_.end()) at->second.known = s;
              gathering->add(s);
            },
            [this, gathering, ward_name = name](const caf::error&) {
              const auto at = wards_.find(ward_name);
              if (at != wards_.end()) return gathering->add(last_known(at->second, "busy"));
              actors::actor_status retired;
              retired.name = ward_name;
              retired.state = "retired";
              gathering->add(std::move(retired));
            });
  }
  gathering->add(self_->vitals("watching " + std::to_string(wards_.size()) + " actors"));
  return promise;
}

void supervisor_state::gone(const caf::down_msg& down) {
  for (auto at = wards_.begin(); at != wards_.end(); ++at) {
    auto& w = at->second;
    if (!w.actor || w.actor->address() != down.source) continue;
    w.actor = nullptr;
    if (in_good_order(down.reason)) {
      wards_.erase(at);
    } else {
      spdlog::error("supervisor: {} died: {}", w.how.name, self_->system().render(down.reason));
      await(w);
    }
    return;
  }
}

void supervisor_state::make_due() {
  const auto now = self_->clock().now();
  for (auto& [name, w] : wards_)
    if (!w.actor && w.due <= now) make(w);
}

void supervisor_state::make(ward& w) {
  try {
    w.actor = w.how.make(w.plan.restarts());
  } catch (const std::exception& e) {
    spdlog::error("supervisor: {} could not be made: {}", w.how.name, e.what());
  }
  w.plan.born(self_->clock().now());
  if (!w.actor) return await(w);
  self_->monitor(w.actor);
  if (w.how.publish) w.how.publish(w.actor);
}

void supervisor_state::await(ward& w) {
  const auto now = self_->clock().now();
  w.due = w.plan.died(now);
  self_->delayed_send(self_, w.due - now, atom::tick_v);
}

actors::actor_status supervisor_state::last_known(const ward& w, std::string state) const {
  auto s = w.known;
  if (s.name.empty()) s.name = w.how.name;
  if (s.kind.empty()) s.kind = s.name.substr(0, s.name.find('/'));
  if (s.node.empty()) s.node = self_->who().node;
  if (s.parent.empty()) s.parent = self_->who().name;
  s.restarts = w.plan.restarts();
  s.state = std::move(state);
  return s;
}

} // namespace logos::supervision
