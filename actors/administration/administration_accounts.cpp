// SPDX-License-Identifier: MIT
// ADMINISTRATION and what is kept of requests: the LEDGER's counts, and what is still in journals.
#include "actors/accounting/wire.hpp"
#include "actors/administration/administration.hpp"

namespace logos::administration {
namespace {

constexpr std::chrono::seconds ledger_time{3};   // of another node, where it is there
constexpr std::chrono::seconds journal_time{30}; // STORAGE, and NODE, end sooner by themselves

} // namespace

void administration_state::tell_use(const call_ptr& c, const outcome& done) {
  const auto answer = [c, done](const accounting::use_answer& told) {
    auto whole = done.answer;
    whole.body = done.uses.body(told);
    c->exchange->reply(whole);
  };
  const auto ledger = options_.find_neighbours().ledger;
  if (!ledger) return answer({{}, {}, "The LEDGER is being started."});
  self_
      ->request(ledger, ledger_time, atom::explain_v,
                accounting::use_question{done.uses.limits, done.uses.budgets, c->now})
      .then([answer](const accounting::use_answer& told) { answer(told); },
            [this, answer](const caf::error& e) {
              answer({{}, {}, "The LEDGER does not answer: " + to_failure(e).message});
            });
}

void administration_state::run_behind_journal(const operation& what, const call_ptr& c) {
  const auto refuse = [this, c](const std::string& why) {
    finish(c, to_problem({core::ec::storage_away,
                          "Nothing was done: the newest requests are not in the database yet (" + why + "). Try again.",
                          "", 1}));
  };
  const auto storage = options_.find_neighbours().storage;
  if (!storage) return refuse("STORAGE is being started");
  self_->request(storage, journal_time, atom::flush_v)
      .then(
          [this, what, c, refuse](std::uint64_t left) {
            if (left != 0) return refuse(std::to_string(left) + " rows wait in the journal");
            run_behind_others(what, c);
          },
          [refuse](const caf::error&) { refuse("STORAGE does not answer"); });
}

void administration_state::run_behind_others(const operation& what, const call_ptr& c) {
  const auto journals = options_.find_neighbours().journals;
  if (!journals) return run(what, c);
  const auto go_on = [this, what, c](std::vector<std::string> missing) {
    auto told = std::make_shared<call>(*c);
    told->missing = std::move(missing);
    run(what, told);
  };
  self_->request(journals, journal_time, atom::flush_v)
      .then([go_on](std::vector<std::string>& missing) { go_on(std::move(missing)); },
            [go_on](const caf::error&) { go_on({"NODE does not answer: no other node was asked"}); });
}

} // namespace logos::administration
