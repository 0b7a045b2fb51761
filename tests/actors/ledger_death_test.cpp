// SPDX-License-Identifier: MIT
#include "actors/accounting/ledger.hpp"
#include "tests/actors/ingress_fixture.hpp"

#include <random>

namespace logos::ingress {
namespace {

constexpr core::nano hold_of_one = 10'000; // ten tokens of a thousandth each
constexpr core::nano cost_of_one = 4'000;  // four tokens were used

/// A node that stands alone, with its LEDGER, which dies. What was kept outlives it.
class ledger_death_test : public ingress_test {
protected:
  ledger_death_test() {
    rules_.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000, true});
    adopt(snapshot());
    at_->next.tray = parts_.kept->coming;
    make_ledger();
  }
  ~ledger_death_test() override { kill(ledger_); }

  catalog::snapshot_ptr snapshot() const {
    return tests::small_catalog(2, rules_,
                                accounting::price_book{{{9, 2, 0, core::token_type::completion, {}, 1'000'000}}});
  }
  /// As the SUPERVISOR does: places are told after it was made, catalogs come when they come.
  void make_ledger() {
    ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
    at_->follow(ledger_);
    run();
    EXPECT_EQ(ask<std::uint64_t>(ledger_, atom::adopt_v, snapshot()), 2U);
  }
  /// A request that runs: it was let in, and holds.
  std::shared_ptr<net::call_observer> begin() {
    const auto x = bring(tests::root_key, ten_tokens);
    offer_for(3, ++permits_);
    return x->relayed.at(0).observer;
  }
  /// Its end; the LEDGER has not handled it when this returns.
  void finish(const std::shared_ptr<net::call_observer>& call) {
    auto outcome = whole_answer();
    call->ending(outcome);
    call->ended(outcome);
  }
  core::nano outstanding() const { return parts_.shown->outstanding_nano.load(); }
  core::nano spent() const { return parts_.kept->book.balance_of(1, clock().wall()).spent; }

  accounting::rules rules_;
  accounting::ledger_parts parts_;
  actors::ledger_actor ledger_;
  std::uint64_t permits_ = 0;
};

TEST_F(ledger_death_test, between_admission_and_end_loses_nothing) {
  const auto call = begin();
  EXPECT_EQ(outstanding(), hold_of_one);
  kill(ledger_);
  make_ledger();
  EXPECT_EQ(outstanding(), hold_of_one) << "it runs on";
  finish(call);
  run();
  EXPECT_EQ(outstanding(), 0);
  EXPECT_EQ(spent(), cost_of_one);
}

TEST_F(ledger_death_test, with_a_settlement_in_its_mailbox_loses_nothing) {
  const auto first = begin(), second = begin();
  finish(first);
  actors::stop_now(ledger_); // overtakes what waits
  run();
  EXPECT_EQ(outstanding(), 2 * hold_of_one);
  make_ledger();
  EXPECT_EQ(outstanding(), hold_of_one) << "the second runs";
  EXPECT_EQ(spent(), cost_of_one);
  finish(second);
  run();
  EXPECT_EQ(outstanding(), 0);
  EXPECT_EQ(spent(), 2 * cost_of_one);
}

TEST_F(ledger_death_test, loses_nothing_of_what_ends_before_its_successor_is_known) {
  const auto call = begin();
  kill(ledger_);
  finish(call); // nobody is there to hear it
  run();
  const auto late = bring(tests::root_key, ten_tokens); // its claim waits for the successor, too
  make_ledger();
  EXPECT_EQ(outstanding(), hold_of_one) << "of the second";
  EXPECT_EQ(spent(), cost_of_one);
  offer_for(3, ++permits_);
  finish(late->relayed.at(0).observer);
  run();
  EXPECT_EQ(outstanding(), 0);
  EXPECT_EQ(spent(), 2 * cost_of_one);
  EXPECT_TRUE(parts_.kept->coming->empty()) << "all are on the books";
}

TEST_F(ledger_death_test, with_a_claim_that_it_could_not_rule_on_yet_leaves_nothing_of_it) {
  kill(ledger_);
  ledger_ = host<accounting::ledger_state>("ledger", parts_, clock()); // without a catalog
  at_->follow(ledger_);
  run();
  const auto lost = bring(tests::root_key, ten_tokens);
  kill(ledger_);
  make_ledger();
  EXPECT_EQ(outstanding(), 0);
  advance(std::chrono::seconds{17});
  EXPECT_EQ(lost->status(), 504) << "it is refused in the end";
  EXPECT_EQ(outstanding(), 0);
  EXPECT_TRUE(parts_.kept->coming->empty());
}

TEST_F(ledger_death_test, at_any_moment_leaves_what_really_runs) {
  std::minstd_rand random{17};
  std::vector<std::shared_ptr<net::call_observer>> running;
  core::nano cost = 0;
  for (int step = 0; step < 400; ++step) {
    switch (random() % 4) {
    case 0:
    case 1: running.push_back(begin()); break;
    case 2:
      if (running.empty()) break;
      std::swap(running[random() % running.size()], running.back());
      finish(running.back());
      running.pop_back();
      cost += cost_of_one;
      break;
    default:
      if (random() % 2 == 0) run();
      actors::stop_now(ledger_);
      if (random() % 2 == 0) run();
      make_ledger();
    }
    if (random() % 3 != 0) continue;
    run();
    ASSERT_EQ(outstanding(), static_cast<core::nano>(running.size()) * hold_of_one) << "step " << step;
    ASSERT_EQ(spent(), cost) << "step " << step;
  }
  for (const auto& call : running)
    finish(call);
  run();
  EXPECT_EQ(outstanding(), 0);
  EXPECT_EQ(spent(), cost + static_cast<core::nano>(running.size()) * cost_of_one);
  EXPECT_EQ(parts_.shown->imbalances.load(), 0U);
  EXPECT_TRUE(parts_.kept->coming->empty());
}

} // namespace
} // namespace logos::ingress
