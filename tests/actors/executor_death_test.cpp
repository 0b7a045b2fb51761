// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

/// Requests have a budget, and so a hold.
class executor_death : public ingress_test {
protected:
  executor_death() {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000, true});
    adopt(tests::small_catalog(2, std::move(rules),
                               accounting::price_book{{{9, 2, 0, core::token_type::completion, {}, 1'000'000}}}));
  }
  boost::intrusive_ptr<fake_exchange> bring_ruled() {
    const auto x = bring(tests::root_key, ten_tokens);
    rule({});
    return x;
  }
  void expect_refused(const fake_exchange& x) {
    EXPECT_EQ(x.status(), 500);
    EXPECT_EQ(row_of(x).cost_nano, 0);
    EXPECT_EQ(settlements_of(x), 1);
  }
};

TEST_F(executor_death, by_an_exception_refuses_and_books_the_request_that_it_was_about) {
  const auto x = bring_ruled();
  x->relay_throws = true;
  offer_for(3);
  EXPECT_FALSE(at_->executor);
  EXPECT_TRUE(at_->handed.empty());
  expect_refused(*x);
  EXPECT_EQ(logs_[3].releases.size(), 1U);
}

TEST_F(executor_death, refuses_and_books_what_it_has_not_read_of_yet) {
  const auto x = bring_ruled();
  caf::anon_send(logs_[3].requester, offer_of(logs_[3].tickets.back()));
  kill(at_->executor); // reads of its end before it reads of the request
  EXPECT_NE(x->body().find("on its way to the provider"), std::string::npos) << x->body();
  EXPECT_TRUE(x->relayed.empty());
  expect_refused(*x);
  EXPECT_EQ(logs_[3].releases.size(), 1U);
}

TEST_F(executor_death, leaves_nobody_waiting_until_the_next_one_is_made) {
  kill(at_->executor);
  const auto x = bring_ruled();
  offer_for(3);
  expect_refused(*x);
  EXPECT_EQ(logs_[3].releases.size(), 1U);
  at_->executor = host<execution::executor>("executor/0", *at_, clock());
  const auto next = bring_ruled();
  offer_for(3);
  EXPECT_EQ(next->relayed.size(), 1U);
  EXPECT_TRUE(at_->handed.empty());
}

TEST_F(executor_death, does_not_end_calls_that_run) {
  const auto x = bring_ruled();
  offer_for(3);
  kill(at_->executor);
  EXPECT_EQ(x->status(), 0);
  const auto call = x->relayed.at(0).observer;
  call->ending(whole_answer());
  call->ended(whole_answer());
  run();
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(accounts_.settlements.size(), 1U);
}

TEST_F(ingress_test, one_that_is_made_while_the_node_drains_lets_nobody_in) {
  at_->draining = true;
  kill(ingress_);
  at_->ingress = ingress_ = host<ingress>("ingress/0", *at_, tests::test_secret(), clock(), false);
  route(3, logs_[3]);
  EXPECT_EQ(bring(tests::root_key, ten_tokens)->status(), 503);
}

} // namespace
} // namespace logos::ingress
