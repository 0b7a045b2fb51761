// SPDX-License-Identifier: MIT
#include "cluster/teller.hpp"
#include "tests/support/virtual_system.hpp"

namespace logos::cluster {
namespace {

/// What a LEDGER and an asker were told.
struct teller_log {
  std::vector<accounting::claim> claims;
  std::vector<accounting::settlement> settlements;
  std::vector<accounting::report> reports;
  std::vector<accounting::ruling> rulings;
};

class quiet_ledger {
public:
  using handle = actors::accounts_actor;
  quiet_ledger(actors::self_pointer<quiet_ledger> self, teller_log* log) : self_{self}, log_{log} {}
  handle::behavior_type make_behavior() {
    return {
        [this](const accounting::claim& c, const actors::claimant_actor&) { log_->claims.push_back(c); },
        [this](const accounting::settlement& s) { log_->settlements.push_back(s); },
        [this](const accounting::report& r, const actors::claimant_actor&) { log_->reports.push_back(r); },
        [](atom::recover, const std::vector<std::string>&, std::int64_t) {},
        [](atom::lost, const std::string&, std::int64_t) {},
        [](atom::explain, const accounting::use_question& q) {
          return accounting::use_answer{{{q.limits.at(0), 3, 1, 2}}, {{q.budgets.at(0), 50, 7}}, {}};
        },
        [this](atom::status) { return self_->vitals("quiet"); },
    };
  }

private:
  actors::self_pointer<quiet_ledger> self_;
  teller_log* log_;
};

/// An INGRESS, as far as a TELLER knows it.
class quiet_claimant {
public:
  using handle = actors::claimant_actor::extend_with<actors::status_actor>;
  quiet_claimant(actors::self_pointer<quiet_claimant> self, teller_log* log) : self_{self}, log_{log} {}
  handle::behavior_type make_behavior() {
    return {
        [this](const accounting::ruling& r) { log_->rulings.push_back(r); },
        [this](atom::status) { return self_->vitals("quiet"); },
    };
  }

private:
  actors::self_pointer<quiet_claimant> self_;
  teller_log* log_;
};

/// What a STORAGE was asked, and how it is to answer: only the actor itself may.
struct flush_log {
  std::vector<caf::typed_response_promise<std::uint64_t>> asked;
  std::size_t which = 0;
  std::uint64_t left = 0;
};

/// A STORAGE that answers a flush when the test says so, by a tick.
class slow_storage {
public:
  using handle = actors::storage_actor;
  slow_storage(actors::self_pointer<slow_storage> self, flush_log* log) : self_{self}, log_{log} {}
  handle::behavior_type make_behavior() {
    return {
        [this](atom::tick) { log_->asked.at(log_->which).deliver(log_->left); },
        [this](atom::flush) -> caf::result<std::uint64_t> {
          log_->asked.push_back(self_->make_response_promise<std::uint64_t>());
          return log_->asked.back();
        },
        [](const actors::provider_observation&) {},
        [](const actors::provider_experience&) {},
        [this](atom::status) { return self_->vitals("slow"); },
    };
  }

private:
  actors::self_pointer<slow_storage> self_;
  flush_log* log_;
};

class teller_test : public tests::virtual_system {
protected:
  teller_test() {
    own_.node = "node-a";
    own_.clock = &clock();
    teller_ = host<teller_state>("teller", own_);
    asker_ = host<quiet_claimant>("ingress/0", &log_);
    ledger_ = host<quiet_ledger>("ledger/cluster", &log_);
  }
  static core::uuid id_of(std::uint64_t n) { return core::uuid::from_halves(9, n); }
  void claim(std::uint64_t n) { tell(teller_, accounting::claim{id_of(n), {7}, 0, 5}, actors::claimant_actor{asker_}); }
  void settle(std::uint64_t n) { tell(teller_, accounting::settlement{id_of(n), 1, 2}); }
  void rule(std::uint64_t n, core::ec code = core::ec::none) { rule(n, code, ledger_); }
  void rule(std::uint64_t n, core::ec code, const actors::accounts_actor& by) {
    accounting::ruling r;
    r.request = id_of(n);
    r.refusal.code = code;
    rule(r, by);
  }
  void rule(const accounting::ruling& r, const actors::accounts_actor& by) {
    caf::send_as(by, teller_, r);
    run();
  }
  void adopt(std::uint64_t epoch) { adopt(epoch, ledger_); }
  void adopt(std::uint64_t epoch, const actors::accounts_actor& ledger) { tell(teller_, atom::adopt_v, epoch, ledger); }

  /// The TELLER of a node with a journal.
  void begin_with_storage() {
    kill(teller_);
    storage_ = host<slow_storage>("storage", &flushes_);
    own_.find_storage = [this] { return storage_; };
    teller_ = host<teller_state>("teller", own_);
  }
  void end_flush(std::uint64_t left) { end_flush(flushes_.asked.size() - 1, left); }
  void end_flush(std::size_t which, std::uint64_t left) {
    flushes_.which = which;
    flushes_.left = left;
    tell(storage_, atom::tick_v);
  }

  teller_log log_;
  flush_log flushes_;
  actors::storage_actor storage_;
  teller_state::parts own_;
  actors::teller_actor teller_;
  quiet_claimant::handle asker_;
  actors::accounts_actor ledger_;
};

TEST_F(teller_test, claims_wait_until_there_is_a_ledger) {
  claim(1);
  EXPECT_TRUE(log_.claims.empty());
  adopt(1);
  ASSERT_EQ(log_.reports.size(), 1U);
  EXPECT_EQ(log_.reports[0].holder, "node-a");
  EXPECT_TRUE(log_.reports[0].open.empty()) << "nothing was admitted yet";
  ASSERT_EQ(log_.claims.size(), 1U);
  rule(1);
  EXPECT_EQ(log_.rulings.size(), 1U);
}

TEST_F(teller_test, the_use_of_limits_and_budgets_is_asked_of_the_ledger_that_rules) {
  const auto told = [&] {
    return this->ask<accounting::use_answer>(teller_, atom::explain_v, accounting::use_question{{4}, {9}});
  };
  const auto before = told();
  EXPECT_TRUE(before.limits.empty()) << "nobody rules";
  EXPECT_NE(before.unknown.find("No node"), std::string::npos) << before.unknown;
  adopt(1);
  const auto now = told();
  EXPECT_EQ(now.limits, (std::vector<accounting::limit_use>{{4, 3, 1, 2}}));
  EXPECT_EQ(now.budgets, (std::vector<accounting::budget_use>{{9, 50, 7}}));
}

TEST_F(teller_test, a_new_ledger_hears_what_is_reserved_and_what_has_ended_lately) {
  adopt(1);
  claim(1);
  claim(2);
  claim(3);
  rule(1);
  rule(2);
  settle(2);
  tell(teller_, atom::gone_v);
  adopt(2);
  ASSERT_EQ(log_.reports.size(), 2U);
  ASSERT_EQ(log_.reports[1].open.size(), 1U);
  EXPECT_EQ(log_.reports[1].open[0].request, id_of(1));
  ASSERT_EQ(log_.reports[1].ended.size(), 1U);
  EXPECT_EQ(log_.reports[1].ended[0].what.request, id_of(2));
  EXPECT_EQ(log_.reports[1].ended[0].cost, 2);
  ASSERT_EQ(log_.claims.size(), 4U) << "the third is asked for again";
  EXPECT_EQ(log_.claims[3].request, id_of(3));
}

TEST_F(teller_test, a_new_ledger_hears_no_more_than_was_reserved) {
  adopt(1);
  tell(teller_, accounting::claim{id_of(1), {7}, 40, 90, {}, 0, 30, 80, true}, actors::claimant_actor{asker_});
  ASSERT_EQ(log_.claims.size(), 1U);
  EXPECT_EQ(log_.claims[0].spare_hold, 80);
  accounting::ruling r;
  r.request = id_of(1);
  r.spared_tokens = 20;
  r.spared_hold = 70;
  rule(r, ledger_);
  ASSERT_EQ(log_.rulings.size(), 1U);
  EXPECT_EQ(log_.rulings[0].spared_hold, 70);
  adopt(2);
  ASSERT_EQ(log_.reports.size(), 2U);
  ASSERT_EQ(log_.reports[1].open.size(), 1U);
  const auto& told = log_.reports[1].open[0];
  EXPECT_EQ(told.tokens, 20);
  EXPECT_EQ(told.hold, 20);
  EXPECT_EQ(told.spare_tokens + told.spare_hold, 0) << "it is not cut again";
  EXPECT_TRUE(told.open_ended);
}

TEST_F(teller_test, what_ends_while_there_is_no_ledger_is_told_to_the_next) {
  adopt(1);
  claim(1);
  rule(1);
  tell(teller_, atom::gone_v);
  settle(1);
  EXPECT_TRUE(log_.settlements.empty());
  advance(std::chrono::seconds{60});
  adopt(2);
  ASSERT_EQ(log_.reports.back().ended.size(), 1U);
}

TEST_F(teller_test, what_ends_while_a_teller_dies_is_told_by_the_one_that_follows) {
  adopt(1);
  claim(1);
  rule(1);
  own_.kept->coming->put(
      accounting::settlement{id_of(1), 1, 2}); // its settlement was in the mailbox, or is sent to the dead
  kill(teller_);
  teller_ = host<teller_state>("teller", own_);
  tell(teller_, atom::tick_v); // each I/O thread, once it knows the new one
  adopt(2);
  EXPECT_TRUE(log_.reports.back().open.empty());
  ASSERT_EQ(log_.reports.back().ended.size(), 1U);
  EXPECT_EQ(log_.reports.back().ended[0].cost, 2);
  EXPECT_TRUE(own_.kept->coming->empty());
}

TEST_F(teller_test, a_new_ledger_is_told_nothing_before_rows_are_written_that_are_written_soon) {
  begin_with_storage();
  claim(1);
  adopt(1);
  EXPECT_TRUE(log_.reports.empty());
  end_flush(0);
  ASSERT_EQ(log_.reports.size(), 1U);
  EXPECT_FALSE(log_.reports[0].writing);
  EXPECT_EQ(log_.claims.size(), 1U);
  advance(std::chrono::seconds{10});
  EXPECT_EQ(log_.reports.size(), 1U);
  EXPECT_EQ(flushes_.asked.size(), 1U);
}

TEST_F(teller_test, a_flush_is_repeated_until_nothing_is_left_and_the_ledger_knows) {
  begin_with_storage();
  adopt(1);
  end_flush(1000);
  EXPECT_TRUE(log_.reports.empty()) << "it may be soon";
  advance(std::chrono::seconds{1});
  ASSERT_EQ(flushes_.asked.size(), 2U);
  claim(1);
  advance(std::chrono::seconds{1});
  ASSERT_EQ(log_.reports.size(), 1U) << "who holds what is told in time";
  EXPECT_TRUE(log_.reports[0].writing);
  EXPECT_FALSE(log_.reports[0].only_rows);
  ASSERT_EQ(log_.claims.size(), 1U) << "the LEDGER has it wait";
  advance(std::chrono::seconds{2});
  ASSERT_EQ(log_.reports.size(), 2U);
  EXPECT_TRUE(log_.reports[1].writing && log_.reports[1].only_rows);
  advance(std::chrono::seconds{14}); // a STORAGE that does not answer is asked again
  ASSERT_EQ(flushes_.asked.size(), 3U);
  const auto before = log_.reports.size();
  end_flush(0);
  ASSERT_EQ(log_.reports.size(), before + 1);
  EXPECT_FALSE(log_.reports.back().writing);
  EXPECT_TRUE(log_.reports.back().only_rows);
  EXPECT_EQ(log_.claims.size(), 1U);
  rule(1);
  EXPECT_EQ(log_.rulings.size(), 1U);
  advance(std::chrono::seconds{60});
  EXPECT_EQ(log_.reports.size(), before + 1);
  EXPECT_EQ(flushes_.asked.size(), 3U);
}

TEST_F(teller_test, a_flush_for_a_former_ledger_says_nothing_to_the_next) {
  begin_with_storage();
  adopt(1);
  adopt(2);
  ASSERT_EQ(flushes_.asked.size(), 2U);
  end_flush(0, 0);
  EXPECT_TRUE(log_.reports.empty()) << "a request may have ended since";
  end_flush(0);
  ASSERT_EQ(log_.reports.size(), 1U);
  adopt(3);
  tell(teller_, atom::gone_v);
  end_flush(0);
  advance(std::chrono::seconds{10});
  EXPECT_EQ(log_.reports.size(), 1U) << "there is none";
}

TEST_F(teller_test, a_former_owner_that_is_heard_of_late_changes_nothing) {
  adopt(2);
  adopt(1);
  EXPECT_EQ(log_.reports.size(), 1U);
}

TEST_F(teller_test, a_former_ledgers_ruling_that_was_not_reported_counts_for_nothing) {
  teller_log next_log;
  const auto next = host<quiet_ledger>("ledger/cluster", &next_log);
  adopt(1);
  claim(1);
  claim(2);
  adopt(2, next); // and the first one's rulings are on their way
  ASSERT_EQ(next_log.claims.size(), 2U);
  EXPECT_TRUE(next_log.reports.at(0).open.empty());
  rule(1, core::ec::none, ledger_);
  rule(2, core::ec::budget_spent, ledger_);
  EXPECT_TRUE(log_.rulings.empty())
      << "the first would run with nothing reserved, the second's hold would stay for ever";
  rule(1, core::ec::budget_spent, next);
  rule(2, core::ec::none, next);
  ASSERT_EQ(log_.rulings.size(), 2U);
  EXPECT_EQ(log_.rulings[0].refusal.code, core::ec::budget_spent);
  EXPECT_EQ(log_.rulings[1].refusal.code, core::ec::none);
  settle(2);
  ASSERT_EQ(next_log.settlements.size(), 1U);
  EXPECT_EQ(next_log.settlements[0].request, id_of(2));
}

TEST_F(teller_test, a_former_ledgers_ruling_that_comes_before_the_report_is_in_it) {
  teller_log next_log;
  const auto next = host<quiet_ledger>("ledger/cluster", &next_log);
  adopt(1);
  claim(1);
  claim(2);
  tell(teller_, atom::gone_v);
  rule(1, core::ec::none, ledger_);
  rule(2, core::ec::budget_spent, ledger_);
  EXPECT_EQ(log_.rulings.size(), 2U);
  adopt(2, next);
  ASSERT_EQ(next_log.reports.at(0).open.size(), 1U);
  EXPECT_EQ(next_log.reports[0].open[0].request, id_of(1));
  EXPECT_TRUE(next_log.claims.empty()) << "neither is asked again";
}

TEST_F(teller_test, who_is_judged_again_and_refused_is_settled_with_what_it_has_cost) {
  adopt(1);
  claim(1);
  rule(1);
  accounting::claim again{id_of(1), {7}, 0, 5};
  again.at_stage = accounting::stage::waiting;
  again.owed = 3;
  tell(teller_, again, actors::claimant_actor{asker_});
  rule(1); // on the first claim, and late
  EXPECT_EQ(log_.rulings.size(), 1U);
  accounting::ruling r;
  r.request = id_of(1);
  r.at_stage = accounting::stage::waiting;
  r.refusal.code = core::ec::budget_spent;
  rule(r, ledger_);
  EXPECT_EQ(log_.rulings.size(), 2U);
  adopt(2);
  ASSERT_EQ(log_.reports.back().open.size(), 1U);
  EXPECT_EQ(log_.reports.back().open[0].hold, 3) << "others must not spend it meanwhile";
  settle(1);
  EXPECT_EQ(log_.settlements.size(), 1U);
}

TEST_F(teller_test, what_was_let_in_and_ends_unruled_while_the_ledger_changes_hands_is_told_to_the_next) {
  begin_with_storage();
  adopt(1); // and what has been written by now is asked for
  const auto end = [&](std::uint64_t n, accounting::stage stage, core::nano cost) {
    accounting::claim c{id_of(n), {7}, 0, 5};
    c.at_stage = stage;
    c.owed = cost;
    tell(teller_, c, actors::claimant_actor{asker_});
    tell(teller_, accounting::settlement{id_of(n), 0, cost});
  };
  end(1, accounting::stage::running, 4);
  end(2, accounting::stage::waiting, 3);
  end(3, accounting::stage::waiting, 0);
  end(4, accounting::stage::fresh, 0);
  end_flush(0);
  ASSERT_EQ(log_.reports.size(), 1U);
  EXPECT_TRUE(log_.reports[0].open.empty());
  ASSERT_EQ(log_.reports[0].ended.size(), 2U);
  EXPECT_EQ(log_.reports[0].ended[0].what.request, id_of(1));
  EXPECT_EQ(log_.reports[0].ended[0].cost, 4);
  EXPECT_EQ(log_.reports[0].ended[1].what.request, id_of(2));
  EXPECT_EQ(log_.reports[0].ended[1].cost, 3);
}

TEST_F(teller_test, a_ruling_that_comes_twice_or_for_nobody_is_not_passed_on) {
  adopt(1);
  claim(1);
  rule(1);
  rule(1);
  rule(2);
  EXPECT_EQ(log_.rulings.size(), 1U);
  claim(3);
  settle(3); // given up while it waited
  rule(3);
  EXPECT_EQ(log_.rulings.size(), 1U);
  EXPECT_EQ(log_.settlements.size(), 1U) << "the LEDGER must not keep it reserved";
}

} // namespace
} // namespace logos::cluster
