// SPDX-License-Identifier: MIT
// The LEDGER of a cluster, while nodes come and go.
#include "tests/actors/ledger_fixture.hpp"

namespace logos::tests {
namespace {

TEST_F(ledger_rules_test, a_ledger_of_a_cluster_rules_when_all_nodes_have_reported) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a", "node-b"}, std::int64_t{6'000'000});
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  report("node-a", {claim_of(1, 4)});
  claim(9, 4);
  EXPECT_TRUE(heard_.empty());
  report("node-b", {});
  EXPECT_EQ(heard_.at(0).refusal.code, core::ec::none);
  claim(10, 3);
  EXPECT_EQ(heard_.at(1).refusal.code, core::ec::rate_limited) << "4 are held by a request of before";
  settle(1, 1);
  claim(11, 3);
  EXPECT_EQ(heard_.at(2).refusal.code, core::ec::none);
}

TEST_F(ledger_rules_test, a_node_that_does_not_report_is_waited_for_until_the_fence) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a", "node-b"}, std::int64_t{6'000'000});
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  report("node-a", {});
  claim(9, 4);
  advance(std::chrono::seconds{5});
  EXPECT_TRUE(heard_.empty());
  advance(std::chrono::seconds{2});
  EXPECT_EQ(heard_.at(0).refusal.code, core::ec::none);
}

TEST_F(ledger_rules_test, a_node_that_still_writes_its_rows_is_waited_for_beyond_the_fence) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  report("node-a", {claim_of(1, 4)}, true);
  claim(9, 4);
  for (int n = 0; n < 15; ++n) {
    advance(std::chrono::seconds{2});
    tell_of_rows("node-a", true);
    EXPECT_TRUE(heard_.empty()) << n;
  }
  spent_before(5);
  tell_of_rows("node-a", false);
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::rate_limited) << "5 are spent, and 4 are held";
  EXPECT_TRUE(lives());
}

TEST_F(ledger_rules_test, a_node_that_falls_silent_as_it_writes_is_not_waited_for_beyond_the_fence) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  advance(std::chrono::seconds{4});
  report("node-a", {}, true);
  claim(9, 4);
  advance(std::chrono::seconds{5});
  EXPECT_TRUE(heard_.empty());
  advance(std::chrono::seconds{2});
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::none);
}

TEST_F(ledger_rules_test, rows_that_cannot_be_written_stop_nobody_for_ever_and_are_counted_once_they_are) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a", "node-b"}, std::int64_t{6'000'000});
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  report("node-a", {}, true);
  report("node-b", {});
  claim(9, 4);
  int waited = 0;
  for (; heard_.empty() && waited < 100; waited += 2) {
    advance(std::chrono::seconds{2});
    tell_of_rows("node-a", true);
  }
  EXPECT_EQ(waited, 60) << "seconds";
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::none);
  tell_of_rows("node-b", false);
  tell_of_rows("node-a", true);
  EXPECT_TRUE(lives());
  tell_of_rows("node-a", false);
  EXPECT_FALSE(lives()) << "the next one counts them";
}

TEST_F(ledger_rules_test, what_a_lost_node_held_counts_as_spent_after_the_fence) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  report("node-a", {});
  claim(1, 7);
  tell(ledger_, atom::lost_v, std::string{"node-a"}, std::int64_t{5'000'000});
  EXPECT_EQ(parts_.shown->outstanding_nano.load(), 7);
  advance(std::chrono::seconds{6});
  EXPECT_EQ(parts_.shown->outstanding_nano.load(), 0);
  EXPECT_EQ(parts_.shown->settled_nano.load(), 7);
}

TEST_F(ledger_rules_test, a_node_that_comes_back_has_all_counted_anew) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  report("node-a", {});
  claim(1, 7);
  report("node-a", {claim_of(1, 7)});
  EXPECT_TRUE(lives()) << "its TELLER was made again, and its request runs";
  report("node-a", {});
  EXPECT_FALSE(lives()) << "its request was cut off, and nobody knows at what it was booked";
}

TEST_F(ledger_rules_test, a_node_that_was_written_off_or_was_not_heard_has_all_counted_anew) {
  for (const bool written_off : {true, false}) {
    become_owner();
    tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
    ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
    report("node-a", {});
    claim(1, 7);
    if (written_off) {
      tell(ledger_, atom::lost_v, std::string{"node-a"}, std::int64_t{5'000'000});
      advance(std::chrono::seconds{6});
    }
    EXPECT_TRUE(lives());
    report(written_off ? "node-a" : "node-b", {});
    EXPECT_FALSE(lives());
  }
}

TEST_F(ledger_rules_test, without_rules_a_node_that_joins_changes_nothing) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({}));
  report("node-a", {});
  report("node-b", {});
  EXPECT_TRUE(lives());
}

TEST_F(ledger_rules_test, a_claim_from_before_the_end_of_a_period_is_judged_by_what_that_period_has_spent) {
  for (const bool changed_since : {false, true}) {
    heard_.clear();
    auto rule = budget_of(10);
    rule.period = core::budget_period::day;
    const auto before = clock().wall();
    book(core::uuid::from_halves(5, changed_since ? 6 : 5), 9);
    advance(std::chrono::hours{24});
    if (changed_since) rule.since = clock().wall();
    become_owner();
    tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
    ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({rule}));
    tell(ledger_, accounting::claim{id_of(1), {7}, 0, 5, before}, actors::claimant_actor{asker_});
    report("node-a", {});
    ASSERT_EQ(heard_.size(), 1U);
    EXPECT_EQ(heard_[0].refusal.code, core::ec::budget_spent);
    claim(2, 10);
    EXPECT_EQ(heard_.at(1).refusal.code, core::ec::none) << "the new one has all of it";
  }
}

TEST_F(ledger_rules_test, without_its_lease_it_rules_on_nobody) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  report("node-a", {});
  lease_->end();
  claim(1, 1);
  advance(std::chrono::seconds{1});
  EXPECT_TRUE(heard_.empty());
}

} // namespace
} // namespace logos::tests
