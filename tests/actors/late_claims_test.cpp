// SPDX-License-Identifier: MIT
// What a LEDGER says of requests that were let in before budgets changed.
#include "tests/actors/ledger_fixture.hpp"

namespace logos::tests {
namespace {

class late_claims_test : public ledger_rules_test {
protected:
  void claim_at(accounting::stage stage, std::uint64_t n, core::nano hold) {
    auto c = claim_of(n, hold);
    c.at_stage = stage;
    tell(ledger_, c, actors::claimant_actor{asker_});
  }
  void adopt(std::vector<accounting::budget_rule> budgets, std::uint64_t version) {
    EXPECT_EQ(ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of(std::move(budgets), version)), version);
  }
  /// Whether a request that holds as much is let in.
  bool fits(std::uint64_t n, core::nano hold) {
    const auto before = heard_.size();
    claim(n, hold);
    return heard_.size() == before + 1 && heard_.back().refusal.code == core::ec::none;
  }
};

TEST_F(late_claims_test, what_ran_before_its_first_budget_is_spent_from_it) {
  adopt({}, 1);
  adopt({budget_of(10)}, 2);
  claim_at(accounting::stage::running, 1, 6);
  EXPECT_EQ(heard_.back().refusal.code, core::ec::none);
  EXPECT_FALSE(fits(2, 5));
  settle(1, 8);
  EXPECT_FALSE(fits(3, 3));
  EXPECT_TRUE(fits(4, 2));
}

TEST_F(late_claims_test, what_runs_is_counted_even_if_it_is_more_than_there_is) {
  adopt({budget_of(10)}, 1);
  claim_at(accounting::stage::running, 1, 60);
  EXPECT_EQ(heard_.back().refusal.code, core::ec::none) << "it runs already";
  settle(1, 9);
  EXPECT_FALSE(fits(2, 2));
  EXPECT_TRUE(fits(3, 1));
}

TEST_F(late_claims_test, what_ends_before_the_past_is_read_is_counted_once) {
  adopt({}, 1);
  left_in_journal_ = 1; // the past cannot be read yet
  adopt({budget_of(10)}, 2);
  claim_at(accounting::stage::running, 1, 6);
  claim_at(accounting::stage::running, 2, 6);
  book(id_of(1), 4); // the row of one is part of the past
  settle(1, 4);
  settle(2, 3);
  left_in_journal_ = 0;
  advance(std::chrono::seconds{2});
  EXPECT_FALSE(fits(3, 4)) << "4 and 3 are spent";
  EXPECT_TRUE(fits(4, 3));
}

TEST_F(late_claims_test, what_comes_while_the_past_is_being_read_is_counted_once) {
  adopt({}, 1);
  before_answer_ = [this] {
    auto ended = claim_of(1, 6), goes_on = claim_of(2, 2);
    ended.at_stage = goes_on.at_stage = accounting::stage::running;
    for (const auto& c : {ended, goes_on})
      caf::anon_send(ledger_, c, actors::claimant_actor{asker_});
    caf::anon_send(ledger_, accounting::settlement{ended.request, 0, 4});
  };
  adopt({budget_of(10)}, 2);
  EXPECT_FALSE(fits(3, 5)) << "4 are spent, 2 are held";
  EXPECT_TRUE(fits(4, 4));
}

TEST_F(late_claims_test, what_ends_while_the_past_of_another_budget_is_read_is_counted_once_by_each) {
  auto other = budget_of(10);
  other.id = 2;
  const auto both = budgets_of({budget_of(100), other}, 3);
  adopt({}, 1);
  left_in_journal_ = 1;
  adopt({budget_of(100)}, 2);
  claim_at(accounting::stage::running, 1, 6);
  before_answer_ = [this, both] { // of the first budget's past
    caf::anon_send(ledger_, atom::adopt_v, both);
    before_answer_ = [this] { // of the other one's
      caf::anon_send(ledger_, accounting::settlement{id_of(1), 0, 4});
    };
  };
  left_in_journal_ = 0;
  advance(std::chrono::seconds{2});
  EXPECT_FALSE(before_answer_);
  EXPECT_FALSE(fits(2, 7)) << "4 of 10 are spent";
  EXPECT_TRUE(fits(3, 6));
}

TEST_F(late_claims_test, what_runs_is_counted_where_no_catalog_is_known_yet) {
  claim_at(accounting::stage::running, 1, 6);
  EXPECT_EQ(heard_.back().refusal.code, core::ec::none);
  adopt({budget_of(10)}, 1);
  EXPECT_FALSE(fits(2, 5));
  settle(1, 6);
  EXPECT_TRUE(fits(3, 4));
}

TEST_F(late_claims_test, who_waits_is_judged_by_a_changed_budget) {
  adopt({budget_of(10)}, 1);
  claim(1, 6);
  ASSERT_EQ(heard_.back().refusal.code, core::ec::none);
  adopt({budget_of(0)}, 2);
  claim_at(accounting::stage::waiting, 1, 6);
  EXPECT_EQ(heard_.back().refusal.code, core::ec::budget_spent);
}

} // namespace
} // namespace logos::tests
