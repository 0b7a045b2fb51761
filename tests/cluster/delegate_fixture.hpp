// SPDX-License-Identifier: MIT
#pragma once
#include "cluster/delegate.hpp"
#include "tests/actors/scheduler_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace logos::cluster {

/// Two nodes with an INGRESS and a DELEGATE each, and provider 1, whose SCHEDULER comes and goes.
class delegate_test : public scheduling::scheduler_fixture {
protected:
  struct node {
    std::string name;
    tests::requester_log log;
    actors::requester_actor ingress;
    actors::delegate_actor delegate;
  };
  delegate_test() {
    for (auto* n : {&a_, &b_})
      make(*n);
  }
  void make(node& n, std::vector<std::string> requesters = {}) {
    if (!n.ingress) n.ingress = requester("ingress/" + n.name, n.log);
    n.delegate =
        host<delegate_state>("delegate/" + n.name, delegate_post{n.name, 1, std::move(requesters)}, clock(), ++seed_);
  }
  /// A new owner's SCHEDULER, which hears from both nodes before it grants.
  void elect(std::uint32_t parallel) {
    start(parallel);
    tell(scheduler_, atom::recover_v, std::vector<std::string>{"a", "b"}, std::int64_t{3'000'000});
    for (auto* n : {&a_, &b_})
      tell(n->delegate, atom::adopt_v, epoch_, scheduler_);
  }
  void lose_owner(std::chrono::microseconds vacant_in = {}) {
    crash();
    for (auto* n : {&a_, &b_})
      tell(n->delegate, atom::gone_v, std::int64_t{vacant_in.count()});
  }
  void ask_at(node& n, std::uint64_t id, bool sole = true) {
    tell(n.delegate, scheduling::ticket(id, 100, sole), n.ingress);
  }
  void end_at(node& n, const actors::offer& o) { tell(n.delegate, scheduling::release_of(o)); }
  static std::vector<std::uint64_t> ids_of(const node& n) {
    std::vector<std::uint64_t> found;
    for (const auto& o : n.log.offers)
      found.push_back(o.request.low());
    return found;
  }
  static bool local(const actors::offer& o) { return o.permit >> 63 != 0; }
  std::string state_at(node& n) { return ask<actors::actor_status>(n.delegate, atom::status_v).state; }

  node a_{"a", {}, {}, {}};
  node b_{"b", {}, {}, {}};
  std::uint64_t seed_ = 0;
};

} // namespace logos::cluster
