// SPDX-License-Identifier: MIT
#pragma once
#include "actors/handles.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

/// How a NODE finds out how far a request has come: its INGRESSes say whether it is with them, SCHEDULERs what its
/// tickets may expect; and how it reaches the SCHEDULERs for an operator. Whoever does not answer in time is left out.
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

/// Who waits at the SCHEDULERs of these providers (empty: there is none now), in one page.
template <class Self>
caf::result<actors::queue_page> list_waiting(Self self, const std::map<std::int64_t, actors::scheduler_actor>& at,
                                             const actors::queue_question& asked) {
  struct gathering {
    caf::typed_response_promise<actors::queue_page> promise;
    actors::queue_page sum{};
    std::size_t open = 0;
    std::size_t limit = 0;
    void done() {
      if (open != 0) return;
      auto& all = sum.tickets;
      const auto key = [](const actors::queued_ticket& t) { return std::tie(t.expects.deployment_id, t.request); };
      std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
      if (all.size() > limit) all.resize(limit);
      promise.deliver(std::move(sum));
    }
  };
  const auto all = std::make_shared<gathering>();
  all->promise = self->template make_response_promise<actors::queue_page>();
  all->limit = asked.limit;
  for (const auto& [provider, scheduler] : at)
    if (scheduler)
      ++all->open;
    else
      all->sum.silent.push_back(provider);
  if (all->open == 0) all->done();
  for (const auto& [provider, scheduler] : at)
    if (scheduler)
      self->request(scheduler, scheduler_time, atom::explain_v, asked)
          .then(
              [all](actors::queue_page& page) {
                --all->open;
                std::move(page.tickets.begin(), page.tickets.end(), std::back_inserter(all->sum.tickets));
                std::move(page.silent.begin(), page.silent.end(), std::back_inserter(all->sum.silent));
                all->done();
              },
              [all, id = provider](const caf::error&) {
                --all->open;
                all->sum.silent.push_back(id);
                all->done();
              });
  return all->promise;
}

/// Tells a SCHEDULER what an operator wants of its provider's memory; empty: there is none now.
template <class Self>
caf::result<actors::order_report> pass_on(Self self, const actors::scheduler_actor& to, std::int64_t deployment_id,
                                          bool load) {
  const actors::order_report nobody{
      static_cast<std::uint8_t>(core::ec::no_provider), "The provider's scheduler does not answer. Try again.", {}};
  auto promise = self->template make_response_promise<actors::order_report>();
  if (!to) {
    promise.deliver(nobody);
    return promise;
  }
  self->request(to, scheduler_time, atom::order_v, deployment_id, load)
      .then([promise](actors::order_report& r) mutable { promise.deliver(std::move(r)); },
            [promise, nobody](const caf::error&) mutable { promise.deliver(nobody); });
  return promise;
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
