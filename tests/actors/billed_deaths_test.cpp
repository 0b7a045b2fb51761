// SPDX-License-Identifier: MIT
// What is billed of requests that the process took with it when it died.
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using core::ec;

class billed_deaths_test : public ingress_test {
protected:
  billed_deaths_test() {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000'000, true});
    adopt(tests::small_catalog(
        2, std::move(rules),
        accounting::price_book{{{9, 2, 0, core::token_type::completion, {}, 1'000'000, 0, 0, 4}}}));
  }
  boost::intrusive_ptr<fake_exchange> let_in() {
    const auto x = bring(tests::root_key, R"({"model":"gpt","messages":[{"role":"user","content":"hi"}]})");
    rule({});
    offer_for(3);
    return x;
  }
  /// As the next process finds it.
  storage::finished_facts after_death() {
    auto next_run = *storage::journal::open({folder_.path(), "run-2"});
    storage::journal_tail tail{*next_run, {}};
    const auto batch = tail.next(100);
    EXPECT_EQ(batch.rows.size(), 1U);
    if (batch.rows.empty()) return {};
    return batch.rows[0];
  }
};

TEST_F(billed_deaths_test, of_a_call_without_an_answer_all_that_is_held_is_billed) {
  let_in();
  const auto row = after_death();
  EXPECT_GT(row.cost_nano, 0);
  EXPECT_EQ(row.cost_nano, row.hold_nano);
  EXPECT_EQ(row.usage_source, core::usage_source::partial);
}

TEST_F(billed_deaths_test, nothing_is_billed_of_a_refusal_whose_body_had_not_come) {
  for (const int status : {400, 500}) {
    const auto x = let_in();
    auto& observer = *x->relayed.back().observer;
    ASSERT_TRUE(observer.head(status, {}));
    net::call_outcome head;
    head.status = status;
    head.sent = clock().wall();
    observer.coming(head, clock().wall() + std::chrono::milliseconds{1});
  }
  auto next_run = *storage::journal::open({folder_.path(), "run-2"});
  storage::journal_tail tail{*next_run, {}};
  const auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 2U);
  for (const auto& row : batch.rows) {
    EXPECT_EQ(row.cost_nano, 0);
    EXPECT_EQ(row.usage.prompt_tokens, 0);
    EXPECT_EQ(row.usage_source, core::usage_source::none);
    EXPECT_GT(row.hold_nano, 0);
  }
}

TEST_F(billed_deaths_test, nothing_is_billed_of_who_waits_again_for_a_provider_that_was_busy) {
  const auto x = let_in();
  auto observer = x->relayed.back().observer;
  EXPECT_FALSE(observer->head(429, {}));
  net::call_outcome o;
  o.status = 429;
  o.error = ec::upstream_error;
  o.sent = clock().wall();
  o.ended = clock().wall() + std::chrono::milliseconds{1};
  observer->ended(o);
  run();
  const auto row = after_death();
  EXPECT_EQ(row.cost_nano, 0);
  EXPECT_EQ(row.usage_source, core::usage_source::none);
}

} // namespace
} // namespace logos::ingress
