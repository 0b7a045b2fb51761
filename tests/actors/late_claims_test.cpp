// SPDX-License-Identifier: MIT
// What a LEDGER says of requests that were let in before budgets changed.
#include "tests/actors/ledger_fixture.hpp"

namespace logos::tests {
namespace {

class late_claims_test : public ledger_rules_test {
protected:
  void claim_at(accounting::stage stage, std::uint64_t n, core::nano hold, std::uint64_t catalog = 0) {
    auto c = claim_of(n, hold);
    c.at_stage = stage;
    c.catalog = catalog;
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

TEST_F(late_claims_test, what_a_node_reports_again_while_the_past_is_unread_is_counted_once) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
  adopt({}, 1);
  report("node-a", {});
  left_in_journal_ = 1;
  adopt({budget_of(10)}, 2);
  claim_at(accounting::stage::running, 1, 6);
  auto again = claim_of(1, 6), unknown = claim_of(2, 1);
  again.at_stage = unknown.at_stage = accounting::stage::running;
  report("node-a", {again, unknown}); // its TELLER was made again
  left_in_journal_ = 0;
  advance(std::chrono::seconds{2});
  ASSERT_TRUE(lives());
  EXPECT_FALSE(fits(3, 4)) << "7 are held";
  EXPECT_TRUE(fits(4, 3));
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

TEST_F(late_claims_test, who_claims_by_a_newer_catalog_is_judged_by_that_one) {
  for (const auto stage : {accounting::stage::fresh, accounting::stage::waiting}) {
    heard_.clear();
    adopt({budget_of(10)}, 1);
    claim_at(stage, 1, 6, 2);
    EXPECT_TRUE(heard_.empty());
    adopt({budget_of(0)}, 2);
    ASSERT_EQ(heard_.size(), 1U);
    EXPECT_EQ(heard_[0].refusal.code, core::ec::budget_spent);
    settle(1, 0);
  }
}

TEST_F(late_claims_test, a_newer_catalog_is_not_waited_for_while_another_budget_is_read) {
  auto other = budget_of(10);
  other.id = 2;
  other.scope_id = 8;
  adopt({budget_of(10)}, 1);
  claim_at(accounting::stage::fresh, 1, 6, 2);
  left_in_journal_ = 1; // the past of the other one cannot be read yet
  adopt({budget_of(10), other}, 2);
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::none);
}

TEST_F(late_claims_test, a_newer_catalog_that_does_not_come_stops_nobody_for_ever) {
  adopt({budget_of(10)}, 1);
  claim_at(accounting::stage::fresh, 1, 6, 2);
  advance(std::chrono::seconds{9});
  EXPECT_TRUE(heard_.empty());
  advance(std::chrono::seconds{2});
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::none);
  claim_at(accounting::stage::fresh, 2, 1, 2);
  EXPECT_EQ(heard_.size(), 2U) << "nor the next ones";
  adopt({budget_of(10)}, 2);
  claim_at(accounting::stage::fresh, 3, 1, 3);
  EXPECT_EQ(heard_.size(), 2U) << "catalogs come again";
}

TEST_F(late_claims_test, who_ends_before_a_new_ledger_can_judge_it_again_has_spent_what_it_owed) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a", "node-b"}, std::int64_t{6'000'000});
  adopt({budget_of(10)}, 1);
  report("node-a", {});
  auto c = claim_of(1, 6);
  c.at_stage = accounting::stage::waiting;
  c.owed = 4;
  tell(ledger_, c, actors::claimant_actor{asker_});
  settle(1, 4);
  report("node-b", {});
  EXPECT_FALSE(fits(2, 7));
  EXPECT_TRUE(fits(3, 6));
}

TEST_F(late_claims_test, who_runs_by_a_newer_catalog_is_counted_once_by_it) {
  adopt({}, 1);
  claim_at(accounting::stage::running, 1, 4, 2);
  claim_at(accounting::stage::running, 2, 3, 2);
  ASSERT_EQ(heard_.size(), 2U);
  book(id_of(1), 2);
  settle(1, 2);
  adopt({budget_of(10)}, 2);
  EXPECT_FALSE(fits(3, 6)) << "2 are spent, 3 are held";
  settle(2, 1);
  EXPECT_FALSE(fits(4, 8));
  EXPECT_TRUE(fits(5, 7));
}

} // namespace
} // namespace logos::tests
