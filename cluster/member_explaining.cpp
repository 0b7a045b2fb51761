// SPDX-License-Identifier: MIT
// NODE of a cluster, as it is asked how far a request has come, what is remembered of one, and to have journals
// written.
#include "cluster/explaining.hpp"
#include "cluster/gathering.hpp"
#include "cluster/member.hpp"

namespace logos::cluster {
namespace {

// More than a node takes to ask its INGRESSes and SCHEDULERs, less than ADMINISTRATION waits.
constexpr std::chrono::milliseconds node_time{2000};
constexpr std::chrono::milliseconds learner_time{1500};
// More than a STORAGE's flush takes (storage_options::flush_time), and again less than ADMINISTRATION waits.
constexpr std::chrono::seconds storage_time{15};
constexpr std::chrono::seconds journals_time{20};

} // namespace

caf::result<actors::progress> member_state::explain_own(const core::uuid& request) {
  return explain_here(self_, ingresses_, request, [this](std::int64_t id) {
    const auto at = delegates_.find(id);
    return at != delegates_.end() ? actors::scheduler_actor{at->second} : actors::scheduler_actor{};
  });
}

caf::result<actors::progress> member_state::explain(const core::uuid& request) {
  const auto all = std::make_shared<finding>();
  all->promise = self_->make_response_promise<actors::progress>();
  all->open = peers_.size() + 1;
  const auto take = [all](actors::progress& p) {
    if (all->take(p))
      all->promise.deliver(std::move(p));
    else
      all->settle();
  };
  const auto skip = [all](const std::string& who) {
    return [all, who](const caf::error&) {
      all->give_up_on(who);
      all->settle();
    };
  };
  self_->request(actors::node_actor{self_}, node_time, atom::explain_v, facts_.incarnation, request)
      .then(take, skip(parts_.name));
  for (const auto& [name, p] : peers_)
    self_->request(p.handle, node_time, atom::explain_v, facts_.incarnation, request).then(take, skip(name));
  return all->promise;
}

caf::result<std::string> member_state::recollect_own(const core::uuid& request) {
  auto promise = self_->make_response_promise<std::string>();
  const auto learner = parts_.find_learner ? parts_.find_learner() : actors::learner_actor{};
  if (!learner) {
    promise.deliver(std::string{});
    return promise;
  }
  self_->request(learner, learner_time, atom::recollect_v, request)
      .then([promise](std::string& packed) mutable { promise.deliver(std::move(packed)); },
            [promise](const caf::error&) mutable { promise.deliver(std::string{}); });
  return promise;
}

caf::result<std::string> member_state::recollect(const core::uuid& request) {
  gathering<std::string> all{self_->make_response_promise<std::string>()};
  const auto take = [all](std::string& sum, std::string& packed) {
    if (packed.empty()) return;
    sum = std::move(packed);
    all.deliver(); // one of them has served it
  };
  for (const auto& [name, p] : peers_)
    all.ask<std::string>(self_, p.handle, node_time, take, left_out, atom::recollect_v, facts_.incarnation, request);
  return all.answer();
}

caf::result<std::uint64_t> member_state::flush_own() {
  auto promise = self_->make_response_promise<std::uint64_t>();
  const auto storage = parts_.find_storage ? parts_.find_storage() : actors::storage_actor{};
  if (!storage) {
    promise.deliver(caf::make_error(caf::sec::request_receiver_down));
    return promise;
  }
  self_->request(storage, storage_time, atom::flush_v)
      .then([promise](std::uint64_t left) mutable { promise.deliver(left); },
            [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

/// Also of nodes that cannot be reached: their journals may have requests, whether they run or not.
caf::result<std::vector<std::string>> member_state::flush() {
  using names = std::vector<std::string>;
  gathering<names> all{self_->make_response_promise<names>()};
  for (const auto& [name, m] : membership_.members())
    if (!peers_.contains(name)) all.sum().push_back("node " + name + " cannot be reached");
  for (const auto& [name, p] : peers_)
    all.ask<std::uint64_t>(
        self_, p.handle, journals_time,
        [who = name](names& missing, std::uint64_t left) {
          if (left != 0) missing.push_back("node " + who + " has " + std::to_string(left) + " rows to write");
        },
        [who = name](names& missing) { missing.push_back("node " + who + " does not answer"); }, atom::flush_v,
        facts_.incarnation);
  return all.answer();
}

/// The DELEGATEs, which pass a question on to the owners, wherever they are, and know themselves who waits here.
std::map<std::int64_t, actors::scheduler_actor> member_state::schedulers() const {
  std::map<std::int64_t, actors::scheduler_actor> all;
  for (const auto& [id, name] : stand_ins_) {
    const auto at = delegates_.find(id);
    all.emplace(id, at != delegates_.end() ? actors::scheduler_actor{at->second} : actors::scheduler_actor{});
  }
  return all;
}

} // namespace logos::cluster
