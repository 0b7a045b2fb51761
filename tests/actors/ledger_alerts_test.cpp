// SPDX-License-Identifier: MIT
#include "actors/accounting/ledger.hpp"
#include "storage/store.hpp"
#include "tests/actors/sqlite_system.hpp"

namespace logos::tests {
namespace {

using namespace std::chrono_literals;

/// A LEDGER on a real database, with one budget of a hundred for root's process that alerts at half of it.
class ledger_alerts_test : public sqlite_system {
protected:
  /// A STORAGE without a journal.
  class storage_state {
  public:
    using handle = actors::storage_actor;
    explicit storage_state(actors::self_pointer<storage_state> self) : self_{self} {}
    handle::behavior_type make_behavior() {
      return {
          [](atom::tick) {},
          [](atom::flush) { return std::uint64_t{0}; },
          [](const actors::provider_observation&) {},
          [](const actors::provider_experience&) {},
          [this](atom::status) { return self_->vitals("writing"); },
      };
    }

  private:
    actors::self_pointer<storage_state> self_;
  };

  /// An ALERTS that counts how often it is told to look.
  class alerts_state {
  public:
    using handle = actors::alerts_actor;
    alerts_state(actors::self_pointer<alerts_state> self, int* told) : self_{self}, told_{told} {}
    handle::behavior_type make_behavior() {
      return {
          [this](atom::tick) { ++*told_; },
          [this](atom::status) { return self_->vitals("looking"); },
      };
    }

  private:
    actors::self_pointer<alerts_state> self_;
    int* told_;
  };

  /// A REGISTRY that may take its time: `meanwhile` happens between the database's answer and the LEDGER's hearing it.
  class slow_registry_state {
  public:
    using handle = actors::registry_actor;
    slow_registry_state(actors::self_pointer<slow_registry_state> self, storage::store* in,
                        std::function<void()> meanwhile)
        : self_{self},
          in_{in},
          meanwhile_{std::move(meanwhile)} {}
    handle::behavior_type make_behavior() {
      return {
          [this](const actors::store_job& job) {
            auto found = job.run(*in_);
            meanwhile_();
            return found;
          },
          [this](atom::status) { return self_->vitals("reading"); },
      };
    }

  private:
    actors::self_pointer<slow_registry_state> self_;
    storage::store* in_;
    std::function<void()> meanwhile_;
  };

  ledger_alerts_test() {
    storage::budget b;
    b.scope_id = 1;
    b.amount = 100;
    b.currency = "EUR";
    budget_ = store().create(b)->id;
    storage_ = host<storage_state>("storage");
    registry_ = host<recording::registry_state>("registry", opener());
    alerts_ = host<alerts_state>("alerts", &told_);
    parts_.find_neighbours = [this]() -> accounting::ledger_parts::neighbours {
      return {storage_, registry_, alerts_};
    };
    start();
  }
  ~ledger_alerts_test() override {
    storage_ = nullptr;
    registry_ = nullptr;
    alerts_ = nullptr;
    ledger_ = nullptr;
  }

  void start() { start(clock()); }
  void start(const core::clock& by) {
    ledger_ = host<accounting::ledger_state>("ledger", parts_, by);
    auto s = std::make_shared<catalog::snapshot>();
    s->version = 1;
    s->rules.budgets = {{budget_, core::scope::process, 1, period_, 100, true, {50, 100}, since_}};
    s->index();
    ask<std::uint64_t>(ledger_, atom::adopt_v, catalog::snapshot_ptr{s});
  }
  /// As a process that dies and starts again: only the database remembers.
  void restart() {
    kill(ledger_);
    parts_.kept = std::make_shared<accounting::accounts>();
    start();
  }
  /// A request that costs so much, on the books, too.
  void spend(core::nano cost) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock().wall().time_since_epoch()).count();
    storage::finished row;
    row.request_id = core::uuid::from_halves(static_cast<std::uint64_t>(ms) << 16, ++next_);
    row.timestamp_request = clock().wall() + std::chrono::microseconds{next_};
    row.ids.process_id = 1;
    row.cost_nano = cost;
    ASSERT_TRUE(store().write_batch(std::vector{row}, {}, {}));
    tell(ledger_, accounting::claim{row.request_id, {1}, 0, cost, row.timestamp_request}, actors::claimant_actor{});
    tell(ledger_, accounting::settlement{row.request_id, 0, cost});
  }
  std::vector<storage::budget_alert> kept() { return *store().list_alerts({}, 0, 100); }

  /// A month ends while nobody runs.
  void sleep_into_the_next_month() {
    kill(ledger_);
    advance(31 * 24h);
    parts_.kept = std::make_shared<accounting::accounts>();
  }

  std::int64_t budget_ = 0;
  core::budget_period period_ = core::budget_period::total;
  core::wall_time since_{}; // when the budget was last changed
  std::uint64_t next_ = 0;
  int told_ = 0;
  actors::storage_actor storage_;
  actors::registry_actor registry_;
  actors::alerts_actor alerts_;
  accounting::ledger_parts parts_;
  actors::ledger_actor ledger_;
};

TEST_F(ledger_alerts_test, a_threshold_is_on_the_books_when_alerts_is_told) {
  spend(49);
  EXPECT_EQ(told_, 0);
  spend(2);
  EXPECT_EQ(told_, 1);
  ASSERT_EQ(kept().size(), 1U);
  EXPECT_EQ(kept()[0].threshold_percent, 50);
  EXPECT_EQ(kept()[0].spent, 51);
  EXPECT_EQ(kept()[0].amount, 100);
  EXPECT_EQ(kept()[0].at, clock().wall());
  spend(1);
  EXPECT_EQ(told_, 1);
}

TEST_F(ledger_alerts_test, however_often_it_starts_a_threshold_is_noted_once) {
  spend(60);
  for (int i = 0; i < 3; ++i)
    restart();
  EXPECT_EQ(kept().size(), 1U);
  spend(40);
  restart();
  EXPECT_EQ(kept().size(), 2U);
}

TEST_F(ledger_alerts_test, what_was_passed_unnoticed_is_noted_at_the_next_start) {
  away_ = true;
  kill(registry_);
  registry_ = host<recording::registry_state>("registry", opener());
  spend(60);
  EXPECT_TRUE(kept().empty());
  away_ = false;
  restart();
  EXPECT_EQ(kept().size(), 1U);
}

TEST_F(ledger_alerts_test, what_was_passed_unnoticed_in_a_period_that_has_ended_is_noted_once) {
  period_ = core::budget_period::month;
  restart();
  away_ = true;
  kill(registry_);
  registry_ = host<recording::registry_state>("registry", opener());
  const auto january = core::start_of(period_, clock().wall());
  spend(60);
  EXPECT_TRUE(kept().empty());
  away_ = false;
  sleep_into_the_next_month();
  start();
  ASSERT_EQ(kept().size(), 1U);
  EXPECT_EQ(kept()[0].period_start, january);
  EXPECT_EQ(kept()[0].threshold_percent, 50);
  EXPECT_EQ(kept()[0].spent, 60);
  spend(55);
  restart();
  ASSERT_EQ(kept().size(), 2U) << "this month's, once, and no more of the last one's";
  EXPECT_EQ(parts_.kept->book.balance_of(budget_, clock().wall()).spent, 55);
}

TEST_F(ledger_alerts_test, a_budget_that_was_changed_since_says_nothing_of_the_period_before) {
  period_ = core::budget_period::month;
  kill(ledger_);
  spend(60); // nobody watches
  sleep_into_the_next_month();
  const auto before = clock().wall() - 31 * 24h;
  since_ = clock().wall();
  start();
  EXPECT_TRUE(kept().empty());
  EXPECT_EQ(parts_.kept->book.balance_of(budget_, before).spent, 60) << "known for those who still wait from then";
  const accounting::claim late{core::uuid::from_halves(3, 3), {1}, 0, 1, before};
  tell(ledger_, late, actors::claimant_actor{});
  tell(ledger_, accounting::settlement{late.request, 0, 1});
  EXPECT_TRUE(kept().empty()) << "half of it was passed long before";
}

TEST_F(ledger_alerts_test, what_a_period_has_spent_is_not_put_upon_the_next_that_begins_while_it_is_read) {
  class shifted_clock final : public core::clock {
  public:
    explicit shifted_clock(const core::clock& of) : of_{of} {}
    core::wall_time wall() const override { return of_.wall() + by; }
    core::steady_time steady() const override { return of_.steady() + by; }
    std::chrono::microseconds by{0};

  private:
    const core::clock& of_;
  };
  shifted_clock shifted{clock()};
  period_ = core::budget_period::day;
  spend(60);
  kill(registry_);
  kill(ledger_);
  bool slow = true;
  registry_ = host<slow_registry_state>("registry", &store(), [&] {
    if (std::exchange(slow, false)) shifted.by = 24h;
  });
  parts_.kept = std::make_shared<accounting::accounts>();
  start(shifted);
  EXPECT_EQ(parts_.kept->book.balance_of(budget_, shifted.wall()).spent, 0);
  EXPECT_EQ(parts_.kept->book.balance_of(budget_, clock().wall()).spent, 60);
  EXPECT_TRUE(parts_.kept->unread.empty());
  kill(ledger_); // before its clock
}

TEST_F(ledger_alerts_test, what_cannot_be_noted_yet_outlives_the_ledger) {
  away_ = true;
  kill(registry_);
  registry_ = host<recording::registry_state>("registry", opener());
  spend(60);
  kill(ledger_);
  away_ = false;
  ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
  tell(ledger_, atom::tick_v);
  EXPECT_EQ(kept().size(), 1U);
}

TEST_F(ledger_alerts_test, while_the_database_is_away_it_is_tried_again) {
  away_ = true;
  kill(registry_);
  registry_ = host<recording::registry_state>("registry", opener());
  spend(60);
  spend(40);
  away_ = false;
  advance(3s);
  EXPECT_EQ(kept().size(), 2U);
  EXPECT_GE(told_, 1);
}

} // namespace
} // namespace logos::tests
