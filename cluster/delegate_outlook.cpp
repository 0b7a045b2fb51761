// SPDX-License-Identifier: MIT
// DELEGATE, as it is asked what a request may expect: what it knows itself, and what the owner's SCHEDULER says.
#include "cluster/delegate.hpp"

#include <algorithm>
#include <tuple>

namespace logos::cluster {
namespace {

using outlooks = std::vector<actors::outlook>;
using actors::ticket_state;
using std::chrono::duration_cast;
using std::chrono::microseconds;

// Shorter than what whoever asks waits for: what is known here is told in any case.
constexpr std::chrono::milliseconds owner_time{400};

void replace(outlooks& known, actors::outlook&& told) {
  const auto same = std::find_if(known.begin(), known.end(),
                                 [&](const actors::outlook& o) { return o.deployment_id == told.deployment_id; });
  // What runs here is better known here: an offer may be on its way back.
  if (same == known.end() || same->state == static_cast<std::uint8_t>(ticket_state::running)) return;
  told.waited_us = std::max(told.waited_us, same->waited_us);
  *same = std::move(told);
}

} // namespace

/// What is known here of a ticket that waits.
actors::outlook delegate_state::outlook_of(const ticket_key& key, const waiting& w, core::steady_time now) const {
  actors::outlook o;
  o.deployment_id = key.deployment_id;
  o.provider_id = post_.provider_id;
  o.waited_us = duration_cast<microseconds>(now - w.arrived).count();
  o.patience_us = std::max<std::int64_t>(duration_cast<microseconds>(w.patience - now).count(), 0);
  o.blocked_by = owner_ ? "the provider's scheduler does not answer" : "another node is taking the provider over";
  return o;
}

outlooks delegate_state::outlooks_of(const core::uuid& request) const {
  const auto now = clock_.steady();
  outlooks all;
  for (const auto& [key, w] : waiting_) {
    if (key.request != request) continue;
    all.push_back(outlook_of(key, w, now));
  }
  for (const auto& [key, r] : running_) {
    if (r.facts.request != request) continue;
    auto& o = all.emplace_back();
    o.deployment_id = r.facts.deployment_id;
    o.provider_id = post_.provider_id;
    o.state = static_cast<std::uint8_t>(r.open ? ticket_state::offered : ticket_state::running);
  }
  return all;
}

caf::result<outlooks> delegate_state::explain(const core::uuid& request) {
  auto promise = self_->make_response_promise<outlooks>();
  auto known = outlooks_of(request);
  if (!owner_ || known.empty()) {
    promise.deliver(std::move(known));
    return promise;
  }
  self_->request(owner_, owner_time, atom::explain_v, request)
      .then(
          [promise, known](outlooks& told) mutable {
            for (auto& o : told)
              replace(known, std::move(o));
            promise.deliver(std::move(known));
          },
          [promise, known](const caf::error&) mutable { promise.deliver(std::move(known)); });
  return promise;
}

/// Who waits with this node, while nobody knows their places among all. The provider counts as silent: of other nodes'
/// tickets nothing is told.
actors::queue_page delegate_state::list_own(const actors::queue_question& asked) const {
  const auto now = clock_.steady();
  const auto has = [](const std::vector<std::int64_t>& in, std::int64_t x) {
    return std::binary_search(in.begin(), in.end(), x);
  };
  actors::queue_page page{{}, {post_.provider_id}};
  for (const auto& [key, w] : waiting_) {
    const auto& t = w.ticket;
    if (!has(asked.deployments, key.deployment_id)) continue;
    if (!asked.processes.empty() && !has(asked.processes, t.process_id)) continue;
    if (std::tie(key.deployment_id, key.request) <= std::tie(asked.after_deployment, asked.after_request)) continue;
    page.tickets.push_back(
        {t.request, t.process_id, t.priority, t.priority, t.mode, false, t.tokens, t.weight, outlook_of(key, w, now)});
  }
  auto& all = page.tickets;
  const auto key = [](const actors::queued_ticket& t) { return std::tie(t.expects.deployment_id, t.request); };
  std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  if (all.size() > asked.limit) all.resize(asked.limit);
  return page;
}

/// Others wait at the owner, too: it knows best.
caf::result<actors::queue_page> delegate_state::explain(const actors::queue_question& asked) {
  if (!owner_) return list_own(asked);
  auto promise = self_->make_response_promise<actors::queue_page>();
  self_->request(owner_, owner_time, atom::explain_v, asked)
      .then([promise](actors::queue_page& page) mutable { promise.deliver(std::move(page)); },
            [this, promise, asked](const caf::error&) mutable { promise.deliver(list_own(asked)); });
  return promise;
}

caf::result<actors::order_report> delegate_state::pass_on(std::int64_t deployment_id, bool load) {
  const actors::order_report nobody{
      static_cast<std::uint8_t>(core::ec::no_provider), "The provider's scheduler does not answer. Try again.", {}};
  if (!owner_) return nobody;
  auto promise = self_->make_response_promise<actors::order_report>();
  self_->request(owner_, owner_time, atom::order_v, deployment_id, load)
      .then([promise](actors::order_report& r) mutable { promise.deliver(std::move(r)); },
            [promise, nobody](const caf::error&) mutable { promise.deliver(nobody); });
  return promise;
}

std::string delegate_state::condition() const {
  return std::to_string(waiting_.size()) + " waiting, " + std::to_string(running_.size()) + " running, " +
         std::to_string(slices_.leased()) + " leased, " +
         (owner_ ? "epoch " + std::to_string(epoch_) : std::string{"no owner"});
}

} // namespace logos::cluster
