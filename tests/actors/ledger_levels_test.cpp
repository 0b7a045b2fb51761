// SPDX-License-Identifier: MIT
// A LEDGER to which rules come while requests run, here and on other nodes.
#include "tests/actors/ledger_fixture.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

class ledger_levels_test : public ledger_rules_test {
protected:
  struct script {
    int asked = 0;
    std::vector<std::string> writing;    // nodes that have not written all rows
    std::function<void()> before_answer; // happens once
  };
  /// A NODE whose others write when the test says so.
  class nodes_state {
  public:
    using handle = actors::leveller_actor::extend_with<actors::status_actor>;
    nodes_state(actors::self_pointer<nodes_state> self, script* says) : self_{self}, says_{says} {}
    handle::behavior_type make_behavior() {
      return {
          [this](atom::refresh, atom::flush) {
            ++says_->asked;
            if (auto happens = std::exchange(says_->before_answer, {})) happens();
            return says_->writing;
          },
          [this](atom::status) { return self_->vitals("asking"); },
      };
    }

  private:
    actors::self_pointer<nodes_state> self_;
    script* says_;
  };

  ledger_levels_test() {
    nodes_ = host<nodes_state>("node", &others_);
    parts_.find_neighbours = [this]() -> accounting::ledger_parts::neighbours {
      return {journal_, registry_, {}, nodes_};
    };
    kill(ledger_);
    ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
  }
  ~ledger_levels_test() override { nodes_ = nullptr; }

  void adopt(std::vector<accounting::budget_rule> budgets, std::uint64_t version) {
    EXPECT_EQ(ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of(std::move(budgets), version)), version);
  }
  bool fits(std::uint64_t n, core::nano hold) {
    const auto before = heard_.size();
    claim(n, hold);
    return heard_.size() == before + 1 && heard_.back().refusal.code == core::ec::none;
  }

  script others_;
  actors::leveller_actor nodes_;
};

TEST_F(ledger_levels_test, the_past_of_a_first_budget_is_read_when_all_nodes_have_written_theirs) {
  adopt({}, 1);
  others_.writing = {"node-b"};
  adopt({budget_of(10)}, 2);
  claim(1, 5);
  advance(3s);
  EXPECT_TRUE(heard_.empty());
  spent_before(8);
  others_.writing.clear();
  advance(1s);
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::budget_spent);
}

TEST_F(ledger_levels_test, what_ends_before_its_node_has_the_first_budget_and_what_runs_on_count_once) {
  adopt({}, 1);
  others_.before_answer = [this] {
    spent_before(3); // known by its row alone
    auto running = claim_of(1, 4);
    running.at_stage = accounting::stage::running;
    parts_.kept->coming->put(accounting::tray::question{running, asker_});
    book(running.request, 2); // it has ended, and its settlement is on its way
  };
  adopt({budget_of(10)}, 2);
  settle(1, 2);
  EXPECT_FALSE(fits(2, 6)) << "5 are spent";
  EXPECT_TRUE(fits(3, 5));
}

TEST_F(ledger_levels_test, what_is_counted_without_rows_that_took_too_long_is_counted_anew_when_they_are_there) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
  adopt({}, 1);
  report("node-a", {});
  others_.writing = {"node-b"};
  adopt({budget_of(10)}, 2);
  claim(1, 5);
  advance(55s);
  EXPECT_TRUE(heard_.empty());
  advance(10s);
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::none) << "one node shall not stop all";
  advance(40s);
  EXPECT_TRUE(lives());
  others_.writing.clear();
  advance(40s);
  EXPECT_FALSE(lives()) << "the next one counts them";
}

TEST_F(ledger_levels_test, a_node_that_was_away_as_a_first_budget_came_has_all_counted_anew) {
  become_owner();
  tell(ledger_, atom::recover_v, std::vector<std::string>{"node-a"}, std::int64_t{6'000'000});
  adopt({}, 1);
  report("node-a", {});
  tell(ledger_, atom::lost_v, std::string{"node-a"}, std::int64_t{5'000'000});
  adopt({budget_of(10)}, 2);
  EXPECT_TRUE(lives());
  report("node-a", {});
  EXPECT_FALSE(lives()) << "it has rows of before";
}

TEST_F(ledger_levels_test, nobody_is_asked_about_the_first_rules_or_about_another_amount) {
  adopt({budget_of(10)}, 1);
  adopt({budget_of(20)}, 2);
  EXPECT_EQ(others_.asked, 0);
  EXPECT_TRUE(fits(1, 20));
  auto other = budget_of(10);
  other.counting = 2;
  adopt({other}, 3);
  EXPECT_EQ(others_.asked, 1);
}

} // namespace
} // namespace logos::tests
