// SPDX-License-Identifier: MIT
#include "actors/execution/executor.hpp"

#include "actors/execution/books.hpp"
#include "actors/execution/comparison.hpp"
#include "actors/execution/composing.hpp"
#include "actors/execution/errand.hpp"
#include "actors/execution/lawful.hpp"
#include "actors/ingress/extent.hpp"
#include "core/fault_point.hpp"

namespace logos::execution {
namespace {

constexpr std::chrono::milliseconds usage_interval{200};

} // namespace

executor::executor(actors::self_pointer<executor> self, workplace& at, const core::clock& clock)
    : self_{self},
      at_{at},
      clock_{clock} {}

executor::~executor() {
  if (!at_.unit.here()) return; // the I/O thread has ended: nobody is there to be answered
  // Until the next one is made, nothing is sent where nobody reads it.
  if (caf::actor_cast<caf::abstract_actor*>(at_.executor) == self_) at_.executor = nullptr;
  while (!at_.handed.empty())
    give_up(at_.handed.begin()->second,
            {core::ec::internal, "The gateway has lost the request on its way to the provider. Try again.", "", 1});
}

executor::handle::behavior_type executor::make_behavior() {
  self_->delayed_send(self_, usage_interval, atom::tick_v);
  return {
      [this](atom::carry_out, const net::exchange_ptr& x, const actors::offer& granted) { carry_out(x, granted); },
      [this](atom::tick) { hand_on_usage(); },
      [this](atom::status) {
        return self_->vitals(std::to_string(at_.running.size()) + " in flight, " + std::to_string(carried_out_) +
                             " carried out");
      },
  };
}

void executor::carry_out(const net::exchange_ptr& x, const actors::offer& granted) {
  auto& a = admission_of(*x);
  if (a.booked) return;               // it was refused on its way here: its key was revoked
  const auto snapshot = at_.snapshot; // the newest: a provider's key may have changed while the request waited
  const auto* d = snapshot->find_deployment(granted.deployment_id);
  if (d == nullptr)
    return pass_on(x, granted, {core::ec::no_provider, "The deployment that was chosen no longer exists."});
  // Newer than the one that INGRESS took the permit by: what has become of the deployment is asked once more.
  if (!is_lawful(snapshot, a, *d)) return pass_on(x, granted, no_longer_lawful());
  ++a.attempts;
  auto call = compose(*x, a, *d, at_.rules.call);
  if (!call) return give_up(x, call.error());
  const auto now = clock_.wall();
  a.sent_at = now;
  call->answer_headers = answer_headers(a, *d, granted);
  call->adds_cost = !at_.rules.cost_currency.empty() && !a.brings_key();
  if (call->adds_cost) call->answers = ingress::estimate(a.intent, x->request().body.size(), 1).answers;
  call->estimates = a.compared = take_for_comparison(at_, x->id(), clock_.steady());
  call->own_rate_limits = !a.rate_headers.empty();
  if (!book_begun(at_, *x, a, *d, now))
    return give_up(
        x, {core::ec::storage_away, "The journal has no room for another request; see the disk of data_dir.", "", 5});
  ++carried_out_;
  core::fault_point("executor.begun");
  x->relay(std::move(*call), std::make_shared<errand>(at_, x, snapshot, *d, std::move(a.granted), clock_));
  at_.handed.erase(x->id()); // only now: until here, who dies leaves it to be refused
}

void executor::pass_on(const net::exchange_ptr& x, const actors::offer& granted, const core::failure& why) {
  auto& a = admission_of(*x);
  if (!at_.ingress || !a.alternatives()) return give_up(x, why);
  net::call_outcome none;
  none.error = why.code;
  if (a.granted) a.granted->end(none);
  a.granted.reset();
  at_.handed.erase(x->id());
  at_.returned.emplace(x->id(), x);
  at_.unit.send(at_.ingress, atom::retry_v, x,
                actors::refusal{granted.request, granted.deployment_id, granted.provider_id,
                                static_cast<std::uint8_t>(why.code), 0, why.message});
}

void executor::give_up(net::exchange_ptr x, const core::failure& why) {
  at_.handed.erase(x->id());
  auto& a = admission_of(*x);
  net::call_outcome none;
  none.error = why.code;
  if (a.granted) a.granted->end(none);
  if (!std::exchange(a.booked, true)) book_refused(at_, *x, a, why, clock_.wall());
  x->fail(why, a.rate_headers);
}

void executor::hand_on_usage() {
  self_->delayed_send(self_, usage_interval, atom::tick_v);
  if (at_.usage.empty()) return;
  std::vector<actors::usage_entry> all;
  for (auto& [process, entries] : at_.usage)
    all.insert(all.end(), entries.begin(), entries.end());
  at_.usage.clear();
  at_.unit.send(at_.next.ledger, std::move(all));
}

} // namespace logos::execution
