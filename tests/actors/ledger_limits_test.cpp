// SPDX-License-Identifier: MIT
// What counts under a limit that is made while requests run, or read after a restart.
#include "tests/actors/ledger_fixture.hpp"

namespace logos::tests {
namespace {

using accounting::limit_use;
using core::limit_kind;
using namespace std::chrono_literals;

class ledger_limits_test : public ledger_rules_test {
protected:
  void adopt(std::vector<accounting::limit_rule> limits, std::uint64_t version) {
    auto s = std::make_shared<catalog::snapshot>();
    s->version = version;
    s->rules.limits = std::move(limits);
    s->index();
    EXPECT_EQ(ask<std::uint64_t>(ledger_, atom::adopt_v, catalog::snapshot_ptr{s}), version);
  }
  static accounting::limit_rule limit_of(std::int64_t id, limit_kind kind, std::int64_t value) {
    return {id, core::scope::process, 7, kind, value};
  }
  static std::vector<accounting::limit_rule> all_kinds() {
    return {limit_of(1, limit_kind::requests_per_minute, 10), limit_of(2, limit_kind::tokens_per_minute, 6000),
            limit_of(3, limit_kind::parallel_requests, 5)};
  }
  std::vector<limit_use> uses() {
    return ask<accounting::use_answer>(ledger_, atom::explain_v,
                                       accounting::use_question{{1, 2, 3}, {}, clock().wall()})
        .limits;
  }
  /// A request that runs, and came so long ago.
  accounting::claim running(std::uint64_t n, std::chrono::seconds age) {
    accounting::claim c{id_of(n), {7}, 100, 0, clock().wall() - age};
    c.at_stage = accounting::stage::running;
    return c;
  }
  void bring(const accounting::claim& c) { tell(ledger_, c, actors::claimant_actor{asker_}); }
  bool fits(std::uint64_t n) {
    const auto before = heard_.size();
    claim(n, 0);
    return heard_.size() == before + 1 && heard_.back().refusal.code == core::ec::none;
  }
  void book_answer(std::uint64_t n, std::chrono::seconds came, std::chrono::seconds ended, std::int64_t tokens) {
    storage::finished row;
    row.request_id = id_of(n);
    row.timestamp_request = clock().wall() - came;
    row.timestamp_response = clock().wall() - ended;
    row.ids.process_id = 7;
    row.attempts = 1;
    row.usage.prompt_tokens = 10;
    row.usage.total_tokens = tokens;
    const std::vector rows{row};
    ASSERT_TRUE(store_->write_batch(rows, {}, {}));
  }
};

TEST_F(ledger_limits_test, an_answer_that_has_ended_lately_is_read_however_long_ago_it_came) {
  advance(600s);
  book_answer(1, 600s, 10s, 5000); // was let in by the tokens of its prompt, at least
  book_answer(2, 600s, 120s, 900);
  book_answer(3, 70s, 30s, 900); // its minute has counted all of it, and is over
  book_answer(4, 30s, 5s, 100);
  adopt(all_kinds(), 1);
  EXPECT_EQ(uses(), (std::vector<limit_use>{{1, 1, 0, 9}, {2, 5090, 0, 910}, {3, 0, 0, 5}}));
  advance(31s);
  EXPECT_EQ(uses(), (std::vector<limit_use>{{1, 0, 0, 10}, {2, 4990, 0, 1010}, {3, 0, 0, 5}}));
  advance(20s);
  EXPECT_EQ(uses(), (std::vector<limit_use>{{1, 0, 0, 10}, {2, 0, 0, 6000}, {3, 0, 0, 5}}));
}

TEST_F(ledger_limits_test, what_runs_counts_in_the_minute_in_which_it_came) {
  for (const bool is_read_first : {true, false}) {
    adopt({}, is_read_first ? 1 : 3);
    left_in_journal_ = is_read_first ? 0 : 1;
    adopt(all_kinds(), is_read_first ? 2 : 4);
    const auto base = is_read_first ? 0U : 10U;
    bring(running(base + 1, 20s));
    bring(running(base + 2, 120s));
    EXPECT_EQ(heard_.back().refusal.code, core::ec::none);
    left_in_journal_ = 0;
    advance(2s);
    EXPECT_EQ(uses(), (std::vector<limit_use>{{1, 1, 1, 9}, {2, 100, 100, 5900}, {3, 2, 2, 3}}));
    tell(ledger_, accounting::settlement{id_of(base + 2), 400, 0});
    EXPECT_EQ(uses(), (std::vector<limit_use>{{1, 1, 1, 9}, {2, 400, 100, 5600}, {3, 1, 1, 4}}));
    tell(ledger_, accounting::settlement{id_of(base + 1), 50, 0});
    EXPECT_EQ(uses(), (std::vector<limit_use>{{1, 1, 0, 9}, {2, 350, 0, 5650}, {3, 0, 0, 5}}));
  }
}

TEST_F(ledger_limits_test, what_ends_before_the_past_of_a_limit_is_read_is_counted_once) {
  adopt({}, 1);
  left_in_journal_ = 1;
  adopt(all_kinds(), 2);
  bring(running(1, 20s));
  bring(running(2, 20s));
  bring(running(3, 120s));
  book_answer(1, 20s, 0s, 300); // the row of one is part of the past
  for (const std::uint64_t n : {1U, 2U, 3U})
    tell(ledger_, accounting::settlement{id_of(n), 300, 0});
  left_in_journal_ = 0;
  advance(2s);
  EXPECT_EQ(uses(), (std::vector<limit_use>{{1, 2, 0, 8}, {2, 800, 0, 5200}, {3, 0, 0, 5}}));
}

TEST_F(ledger_limits_test, what_runs_is_in_the_way_of_others_and_is_not_counted_again_when_the_limit_changes) {
  adopt({}, 1);
  adopt({limit_of(1, limit_kind::parallel_requests, 3)}, 2);
  for (std::uint64_t n = 1; n <= 5; ++n) {
    bring(running(n, 120s));
    EXPECT_EQ(heard_.back().refusal.code, core::ec::none) << "it runs already";
  }
  EXPECT_FALSE(fits(6));
  adopt({limit_of(1, limit_kind::parallel_requests, 6)}, 3);
  for (std::uint64_t n = 1; n <= 5; ++n)
    bring(running(n, 120s));
  EXPECT_TRUE(fits(7));
  EXPECT_FALSE(fits(8));
}

} // namespace
} // namespace logos::tests
