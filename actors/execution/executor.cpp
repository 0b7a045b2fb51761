// SPDX-License-Identifier: MIT
#include "actors/execution/executor.hpp"

#include "actors/execution/books.hpp"
#include "actors/execution/composing.hpp"
#include "actors/execution/errand.hpp"

namespace logos::execution {
namespace {

constexpr std::chrono::milliseconds usage_interval{200};

} // namespace

executor::executor(actors::self_pointer<executor> self, workplace& at, const core::clock& clock)
    : self_{self},
      at_{at},
      clock_{clock} {}

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
  const auto snapshot = at_.snapshot; // the newest: a provider's key may have changed while the request waited
  const auto* d = snapshot->find_deployment(granted.deployment_id);
  if (d == nullptr) return give_up(x, {core::ec::no_provider, "The deployment that was chosen no longer exists."});
  ++a.attempts;
  auto call = compose(*x, a, *d, at_.rules.call);
  if (!call) return give_up(x, call.error());
  const auto now = clock_.wall();
  call->answer_headers = answer_headers(a, *d, granted);
  call->adds_cost = !at_.rules.cost_currency.empty();
  call->own_rate_limits = !a.rate_headers.empty();
  if (!book_begun(at_, *x, a, *d, now))
    return give_up(x,
                   {core::ec::storage_away, "The journal has no room for another request; see the disk of data_dir."});
  ++carried_out_;
  x->relay(std::move(*call), std::make_shared<errand>(at_, x, snapshot, *d, std::move(a.granted)));
}

void executor::give_up(const net::exchange_ptr& x, const core::failure& why) {
  net::call_outcome none;
  none.error = why.code;
  admission_of(*x).granted->end(none);
  book_refused(at_, *x, admission_of(*x), why, clock_.wall());
  x->fail(why, admission_of(*x).rate_headers);
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
