// SPDX-License-Identifier: MIT
#include "actors/accounting/ledger.hpp"
#include "storage/open.hpp"
#include "storage/store.hpp"
#include "tests/support/virtual_system.hpp"

#include <caf/scoped_actor.hpp>

#include <filesystem>
#include <limits>

namespace logos::tests {
namespace {

actors::usage_entry entry(std::int64_t process, std::int64_t model, std::uint64_t tokens) {
  actors::usage_entry e;
  e.process_id = process;
  e.model_id = model;
  e.provider_id = 1;
  e.requests = 1;
  e.prompt_tokens = tokens;
  e.completion_tokens = 2 * tokens;
  return e;
}

TEST(totals, add_up_per_process_model_and_provider) {
  accounting::totals sums;
  sums.add(std::vector{entry(1, 1, 10), entry(1, 2, 5), entry(1, 1, 1)});
  const auto list = sums.list();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].requests, 2U);
  EXPECT_EQ(list[0].prompt_tokens, 11U);
  EXPECT_EQ(list[0].completion_tokens, 22U);
  EXPECT_EQ(list[1].model_id, 2);
}

TEST(totals, stop_at_the_largest_number) {
  accounting::totals sums;
  auto huge = entry(1, 1, 0);
  huge.prompt_tokens = std::numeric_limits<std::uint64_t>::max() - 1;
  sums.add(std::vector{huge, huge});
  EXPECT_EQ(sums.list()[0].prompt_tokens, std::numeric_limits<std::uint64_t>::max());
}

class ledger_test : public virtual_system {};

TEST_F(ledger_test, tells_all_that_was_booked) {
  const auto ledger = host<accounting::ledger_state>("ledger", accounting::ledger_parts{}, clock());
  tell(ledger, std::vector{entry(1, 1, 10)});
  tell(ledger, std::vector{entry(1, 1, 10), entry(2, 1, 1)});
  const auto totals = ask<std::vector<actors::usage_entry>>(ledger, atom::totals_v);
  ASSERT_EQ(totals.size(), 2U);
  EXPECT_EQ(totals[0].prompt_tokens, 20U);
}

/// A LEDGER between an asker and the database, both played by the test.
class ledger_rules_test : public virtual_system {
protected:
  /// An INGRESS that only writes down rulings.
  class asker_state {
  public:
    using handle = actors::ingress_actor;
    asker_state(actors::self_pointer<asker_state> self, std::vector<accounting::ruling>* heard)
        : self_{self},
          heard_{heard} {}
    handle::behavior_type make_behavior() {
      return {
          [](atom::handle, const net::exchange_ptr&) {},
          [](atom::gone, const core::uuid&) {},
          [](const actors::verdict&) {},
          [this](const accounting::ruling& r) { heard_->push_back(r); },
          [](atom::retry, const net::exchange_ptr&, const actors::refusal&) {},
          [](atom::adopt, const catalog::snapshot_ptr& s) { return s->version; },
          [](atom::route, std::int64_t, const actors::scheduler_actor&) {},
          [](atom::lost, std::int64_t) {},
          [](atom::tick) {},
          [](atom::drain) {},
          [](const actors::offer&) {},
          [](const actors::refusal&) {},
          [](const actors::slice&) {},
          [](atom::recall, std::int64_t) {},
          [this](atom::status) { return self_->vitals("listening"); },
      };
    }

  private:
    actors::self_pointer<asker_state> self_;
    std::vector<accounting::ruling>* heard_;
  };

  /// A STORAGE whose journal is empty unless the test says otherwise.
  class storage_state {
  public:
    using handle = actors::storage_actor;
    storage_state(actors::self_pointer<storage_state> self, const std::uint64_t* left) : self_{self}, left_{left} {}
    handle::behavior_type make_behavior() {
      return {
          [](atom::tick) {},
          [this](atom::flush) { return *left_; },
          [](const actors::provider_observation&) {},
          [this](atom::status) { return self_->vitals("writing"); },
      };
    }

  private:
    actors::self_pointer<storage_state> self_;
    const std::uint64_t* left_;
  };

  /// A REGISTRY whose database knows what was spent before.
  class registry_state {
  public:
    using handle = actors::registry_actor;
    registry_state(actors::self_pointer<registry_state> self, storage::store* in) : self_{self}, in_{in} {}
    handle::behavior_type make_behavior() {
      return {
          [this](const actors::store_job& job) { return job.run(*in_); },
          [this](atom::status) { return self_->vitals("reading"); },
      };
    }

  private:
    actors::self_pointer<registry_state> self_;
    storage::store* in_;
  };

  ledger_rules_test() {
    auto name = (std::filesystem::temp_directory_path() / "logos-ledger-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    const core::secret_key secret{"a secret key for tests only"};
    store_ = std::move(*storage::open_store({.data_dir = folder_}, secret));
    EXPECT_TRUE(store_->migrate());
    asker_ = host<asker_state>("ingress/0", &heard_);
    journal_ = host<storage_state>("storage", &left_in_journal_);
    registry_ = host<registry_state>("registry", store_.get());
    parts_.find_neighbours = [this]() -> accounting::ledger_parts::neighbours { return {journal_, registry_}; };
    ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
  }
  ~ledger_rules_test() override {
    asker_ = nullptr;
    journal_ = nullptr;
    registry_ = nullptr;
    ledger_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  static catalog::snapshot_ptr budgets_of(std::vector<accounting::budget_rule> budgets, std::uint64_t version = 1) {
    auto s = std::make_shared<catalog::snapshot>();
    s->version = version;
    s->rules.budgets = std::move(budgets);
    s->index();
    return s;
  }
  static accounting::budget_rule budget_of(core::nano amount) {
    return {1, core::scope::process, 7, core::budget_period::total, amount, true};
  }
  /// As the gateway's own ids: the time comes first.
  core::uuid id_of(std::uint64_t n) const {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(born_.time_since_epoch()).count();
    return core::uuid::from_halves(static_cast<std::uint64_t>(ms) << 16, n);
  }
  void claim(std::uint64_t n, core::nano hold) {
    tell(ledger_, accounting::claim{id_of(n), {7}, 0, hold, clock().wall()}, actors::claimant_actor{asker_});
  }
  bool lives() {
    caf::scoped_actor self{sys()};
    self->monitor(ledger_);
    return !self->has_next_message(); // who is dead says so at once
  }
  void settle(std::uint64_t n, core::nano cost) { tell(ledger_, accounting::settlement{id_of(n), 0, cost}); }
  accounting::claim claim_of(std::uint64_t n, core::nano hold) const { return {id_of(n), {7}, 0, hold, born_}; }
  /// The LEDGER of a cluster in place of one that stands alone.
  void become_owner() {
    kill(ledger_);
    lease_ = std::make_shared<scheduling::lease>(1, core::steady_time::max());
    parts_.right = lease_;
    parts_.kept = std::make_shared<accounting::accounts>();
    ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
  }
  /// The node's TELLER is the asker.
  void report(const std::string& node, std::vector<accounting::claim> open) {
    tell(ledger_, accounting::report{node, std::move(open), {}}, actors::claimant_actor{asker_});
  }
  void spent_before(core::nano cost) { book(core::uuid::from_halves(5, 5), cost); }
  void book(const core::uuid& request, core::nano cost) {
    storage::finished row;
    row.request_id = request;
    row.timestamp_request = clock().wall();
    row.ids.process_id = 7;
    row.cost_nano = cost;
    const std::vector rows{row};
    ASSERT_TRUE(store_->write_batch(rows, {}, {}));
  }

  std::filesystem::path folder_;
  std::unique_ptr<storage::store> store_;
  std::vector<accounting::ruling> heard_;
  std::uint64_t left_in_journal_ = 0;
  actors::ingress_actor asker_;
  actors::storage_actor journal_;
  actors::registry_actor registry_;
  accounting::ledger_parts parts_;
  std::shared_ptr<scheduling::lease> lease_;
  const core::wall_time born_ = clock().wall();
  actors::ledger_actor ledger_;
};

TEST_F(ledger_rules_test, a_claim_waits_until_the_rules_are_known) {
  claim(1, 10);
  EXPECT_TRUE(heard_.empty());
  EXPECT_EQ(ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)})), 1U);
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].refusal.code, core::ec::none);
  claim(2, 1);
  EXPECT_EQ(heard_.at(1).refusal.code, core::ec::rate_limited) << "the budget is held";
}

TEST_F(ledger_rules_test, what_was_spent_before_counts) {
  spent_before(90);
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(100)}));
  claim(1, 11);
  EXPECT_EQ(heard_.at(0).refusal.code, core::ec::budget_spent);
  claim(2, 10);
  EXPECT_EQ(heard_.at(1).refusal.code, core::ec::none);
}

TEST_F(ledger_rules_test, whom_a_new_rule_is_about_waits_while_the_journal_holds_requests) {
  left_in_journal_ = 3;
  EXPECT_EQ(ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(100)})), 1U) << "in force all the same";
  claim(1, 10);
  EXPECT_TRUE(heard_.empty());
  spent_before(95); // what stood in the journal is written
  left_in_journal_ = 0;
  advance(std::chrono::seconds{1});
  EXPECT_EQ(heard_.at(0).refusal.code, core::ec::budget_spent);
}

TEST_F(ledger_rules_test, a_claim_that_was_given_up_while_it_waited_reserves_nothing) {
  left_in_journal_ = 1;
  tell(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(1, 10);
  settle(1, 0);
  left_in_journal_ = 0;
  advance(std::chrono::seconds{1});
  EXPECT_TRUE(heard_.empty());
  claim(2, 10);
  EXPECT_EQ(heard_.at(0).refusal.code, core::ec::none);
}

TEST_F(ledger_rules_test, reservations_outlive_a_ledger_that_dies) {
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(1, 10);
  kill(ledger_);
  ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(2, 10);
  EXPECT_EQ(heard_.at(1).refusal.code, core::ec::rate_limited);
  settle(1, 4);
  claim(3, 6);
  EXPECT_EQ(heard_.at(2).refusal.code, core::ec::none);
  EXPECT_EQ(parts_.shown->reserved_nano.load(), 16);
  EXPECT_EQ(parts_.shown->settled_nano.load(), 4);
  EXPECT_EQ(parts_.shown->released_nano.load(), 6);
  EXPECT_EQ(parts_.shown->outstanding_nano.load(), 6);
  EXPECT_EQ(parts_.shown->imbalances.load(), 0U);
}

TEST_F(ledger_rules_test, what_was_not_read_yet_is_read_by_the_ledger_that_follows_one_that_died) {
  spent_before(95);
  left_in_journal_ = 1;
  tell(ledger_, atom::adopt_v, budgets_of({budget_of(100)}));
  kill(ledger_);
  left_in_journal_ = 0;
  ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(100)}));
  claim(1, 10);
  EXPECT_EQ(heard_.at(0).refusal.code, core::ec::budget_spent);
}

TEST_F(ledger_rules_test, a_budget_made_anew_counts_what_runs) {
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(1, 6);
  auto again = budget_of(10);
  again.id = 2;
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({again}, 2));
  claim(2, 5);
  EXPECT_EQ(heard_.at(1).refusal.code, core::ec::rate_limited) << "the rest is held by the first";
  settle(1, 6);
  claim(3, 5);
  EXPECT_EQ(heard_.at(2).refusal.code, core::ec::budget_spent);
  claim(4, 4);
  EXPECT_EQ(heard_.at(3).refusal.code, core::ec::none);
}

TEST_F(ledger_rules_test, what_ends_while_the_past_of_a_budget_is_read_counts_once) {
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  claim(1, 6);
  claim(2, 3);
  left_in_journal_ = 1;
  auto again = budget_of(10);
  again.id = 2;
  tell(ledger_, atom::adopt_v, budgets_of({again}, 2));
  settle(1, 6);
  book(id_of(1), 6); // the first one's row is written, the second's is not
  settle(2, 3);
  left_in_journal_ = 0;
  advance(std::chrono::seconds{1});
  claim(3, 2);
  EXPECT_EQ(heard_.at(2).refusal.code, core::ec::budget_spent);
  claim(4, 1);
  EXPECT_EQ(heard_.at(3).refusal.code, core::ec::none);
}

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

TEST_F(ledger_rules_test, whom_a_new_rule_is_not_about_does_not_wait_for_its_past) {
  auto other = budget_of(10);
  other.id = 2;
  other.scope_id = 8;
  ask<std::uint64_t>(ledger_, atom::adopt_v, budgets_of({budget_of(10)}));
  left_in_journal_ = 1; // the database is away
  tell(ledger_, atom::adopt_v, budgets_of({budget_of(10), other}, 2));
  claim(1, 10);
  EXPECT_EQ(heard_.size(), 1U);
}

} // namespace
} // namespace logos::tests
