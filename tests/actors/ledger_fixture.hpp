// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/ledger.hpp"
#include "storage/open.hpp"
#include "storage/store.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_system.hpp"

namespace logos::tests {

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
          [](const actors::batch_verdict&) {},
          [this](const accounting::ruling& r) { heard_->push_back(r); },
          [this](const std::vector<accounting::ruling>& all) { heard_->insert(heard_->end(), all.begin(), all.end()); },
          [](atom::retry, const net::exchange_ptr&, const actors::refusal&) {},
          [](atom::adopt, const catalog::snapshot_ptr& s) { return s->version; },
          [](atom::route, std::int64_t, const actors::scheduler_actor&) {},
          [](atom::lost, std::int64_t) {},
          [](atom::tick) {},
          [](atom::explain, const core::uuid&) { return actors::progress{}; },
          [](atom::drain) {},
          [](const actors::offer&) {},
          [](const actors::refusal&) {},
          [](const actors::slice&) {},
          [](atom::recall, std::int64_t) {},
          [](atom::recall, const core::uuid&) {},
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
          [](const actors::provider_experience&) {},
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
    registry_state(actors::self_pointer<registry_state> self, storage::store* in, std::function<void()>* before_answer)
        : self_{self},
          in_{in},
          before_answer_{before_answer} {}
    handle::behavior_type make_behavior() {
      return {
          [this](const actors::store_job& job) {
            auto found = job.run(*in_);
            if (auto happens = std::exchange(*before_answer_, {})) happens();
            return found;
          },
          [this](atom::status) { return self_->vitals("reading"); },
      };
    }

  private:
    actors::self_pointer<registry_state> self_;
    storage::store* in_;
    std::function<void()>* before_answer_;
  };

  ledger_rules_test() {
    const core::secret_key secret{"a secret key for tests only"};
    store_ = *storage::open_store({.data_dir = folder_.path()}, secret);
    EXPECT_TRUE(store_->migrate());
    asker_ = host<asker_state>("ingress/0", &heard_);
    journal_ = host<storage_state>("storage", &left_in_journal_);
    registry_ = host<registry_state>("registry", store_.get(), &before_answer_);
    parts_.find_neighbours = [this]() -> accounting::ledger_parts::neighbours { return {journal_, registry_}; };
    ledger_ = host<accounting::ledger_state>("ledger", parts_, clock());
  }
  ~ledger_rules_test() override {
    asker_ = nullptr;
    journal_ = nullptr;
    registry_ = nullptr;
    ledger_ = nullptr;
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
  void report(const std::string& node, std::vector<accounting::claim> open, bool writing = false) {
    tell(ledger_, accounting::report{node, std::move(open), {}, writing, false}, actors::claimant_actor{asker_});
  }
  void tell_of_rows(const std::string& node, bool writing) {
    tell(ledger_, accounting::report{node, {}, {}, writing, true}, actors::claimant_actor{asker_});
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

  test::temporary_folder folder_;
  std::unique_ptr<storage::store> store_;
  std::vector<accounting::ruling> heard_;
  std::uint64_t left_in_journal_ = 0;
  std::function<void()> before_answer_; // happens once, when the database has been read and has not answered yet
  actors::ingress_actor asker_;
  actors::storage_actor journal_;
  actors::registry_actor registry_;
  accounting::ledger_parts parts_;
  std::shared_ptr<scheduling::lease> lease_;
  const core::wall_time born_ = clock().wall();
  actors::ledger_actor ledger_;
};

} // namespace logos::tests
