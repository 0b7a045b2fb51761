// SPDX-License-Identifier: MIT
#pragma once
#include "actors/handles.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// How a NODE finds out how far a request has come: its INGRESSes say whether it is with them, SCHEDULERs what its
/// tickets may expect. Whoever does not answer in time is left out.
namespace logos::cluster {

inline constexpr std::chrono::milliseconds ingress_time{700};
inline constexpr std::chrono::milliseconds scheduler_time{700};

/// Where the SCHEDULER of a provider is, or who stands for it; may be empty.
using scheduler_finder = std::function<actors::scheduler_actor(std::int64_t provider_id)>;

/// One answer from several who are asked: the first who has the request.
struct finding {
  caf::typed_response_promise<actors::progress> promise;
  std::size_t open = 0;
  bool found = false;
  std::vector<std::string> silent{}; // who did not answer

  /// True for the first who has it.
  bool take(const actors::progress& p) {
    --open;
    return p.stage != static_cast<std::uint8_t>(actors::stage::none) && !std::exchange(found, true);
  }
  void give_up_on(const std::string& who) {
    --open;
    if (!who.empty()) silent.push_back(who);
  }
  void settle() {
    if (open != 0 || std::exchange(found, true)) return;
    actors::progress none;
    none.silent = std::move(silent);
    promise.deliver(std::move(none));
  }
};

/// Asks the SCHEDULERs of all providers where the request has a ticket, and delivers.
template <class Self>
void add_outlooks(Self self, const std::shared_ptr<finding>& all, actors::progress p, const scheduler_finder& find) {
  std::map<std::int64_t, actors::scheduler_actor> asked;
  for (const auto& t : p.tickets)
    if (const auto to = find(t.provider_id)) asked.emplace(t.provider_id, to);
  if (asked.empty()) {
    all->promise.deliver(std::move(p));
    return;
  }
  struct gathering {
    actors::progress sum;
    std::size_t open;
  };
  const auto request = p.request;
  const auto gathered = std::make_shared<gathering>(gathering{std::move(p), asked.size()});
  const auto done = [all, gathered] {
    if (--gathered->open == 0) all->promise.deliver(std::move(gathered->sum));
  };
  for (const auto& [provider, to] : asked)
    self->request(to, scheduler_time, atom::explain_v, request)
        .then(
            [gathered, done](const std::vector<actors::outlook>& told) {
              for (const auto& o : told)
                for (auto& t : gathered->sum.tickets)
                  if (t.deployment_id == o.deployment_id) t = o;
              done();
            },
            [done](const caf::error&) { done(); });
}

/// A request of this node's INGRESSes.
template <class Self>
caf::result<actors::progress> explain_here(Self self, const std::map<std::string, actors::ingress_actor>& ingresses,
                                           const core::uuid& request, scheduler_finder find) {
  const auto all = std::make_shared<finding>();
  all->promise = self->template make_response_promise<actors::progress>();
  all->open = ingresses.size();
  all->settle();
  for (const auto& [name, ingress] : ingresses)
    self->request(ingress, ingress_time, atom::explain_v, request)
        .then(
            [self, all, find](actors::progress& p) {
              if (all->take(p)) return add_outlooks(self, all, std::move(p), find);
              all->settle();
            },
            [all](const caf::error&) {
              all->give_up_on({});
              all->settle();
            });
  return all->promise;
}

} // namespace logos::cluster
