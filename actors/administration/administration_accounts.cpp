// SPDX-License-Identifier: MIT
// ADMINISTRATION and what is kept of requests: the LEDGER's counts, and what is still in journals.
#include "actors/administration/administration.hpp"
#include "actors/administration/limit_use.hpp"

namespace logos::administration {
namespace {

constexpr std::chrono::seconds ledger_time{3}; // of another node, where it is there

} // namespace

void administration_state::tell_use(const call_ptr& c, const outcome& done) {
  const auto answer = [c, done](std::span<const accounting::limit_use> told) {
    auto whole = done.answer;
    whole.body = with_use(whole.body, told);
    c->exchange->reply(whole);
  };
  const auto ledger = options_.find_neighbours().ledger;
  if (!ledger) return answer({});
  self_->request(ledger, ledger_time, atom::explain_v, accounting::limit_question{done.limits})
      .then([answer](const std::vector<accounting::limit_use>& told) { answer(told); },
            [answer](const caf::error&) { answer({}); });
}

} // namespace logos::administration
