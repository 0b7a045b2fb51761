// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

class ingress_death : public ingress_test {
protected:
  static net::call_outcome unreachable() {
    net::call_outcome outcome;
    outcome.error = core::ec::upstream_unreachable;
    outcome.message = "connection refused";
    return outcome;
  }
  /// The rows of a request.
  std::size_t rows_of(const net::exchange& x) {
    const auto all = rows();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& row) { return row.request_id == x.id(); }));
  }
};

TEST_F(ingress_death, tells_everybody_who_waits_and_leaves_one_row_for_each) {
  const auto fresh = bring(tests::root_key, greet_gpt);
  const auto tried = bring(tests::root_key, greet_gemma);
  offer_for(1);
  const auto call = tried->relayed.at(0).observer;
  call->ended(unreachable());
  run();
  kill(at_->next.classifier);
  const auto undecided = bring(tests::root_key, R"({"messages":[{"role":"user","content":"hi"}]})");
  ASSERT_EQ(traffic_.queued.load(), 3);
  kill(ingress_);
  EXPECT_EQ(traffic_.queued.load(), 0);
  for (const auto& x : {fresh, tried, undecided}) {
    EXPECT_EQ(x->status(), 500);
    EXPECT_EQ(rows_of(*x), 1U);
  }
  EXPECT_EQ(logs_[3].withdrawals.size(), 1U);
}

TEST_F(ingress_death, loses_no_failed_call_that_was_on_its_way_back) {
  const auto x = bring(tests::root_key, greet_gemma);
  offer_for(1);
  const auto call = x->relayed.at(0).observer;
  call->ended(unreachable());
  kill(ingress_); // before it has read of it
  EXPECT_EQ(x->status(), 500);
  EXPECT_EQ(rows_of(*x), 1U);
  EXPECT_EQ(logs_[1].releases.size(), 1U);
}

TEST_F(ingress_death, leaves_calls_that_fail_later_with_their_own_reason) {
  const auto x = bring(tests::root_key, greet_gemma);
  offer_for(1);
  kill(ingress_);
  EXPECT_EQ(x->status(), 0) << "it has its permit";
  const auto call = x->relayed.at(0).observer;
  call->ended(unreachable());
  run();
  EXPECT_EQ(x->status(), 502);
  EXPECT_EQ(rows_of(*x), 1U);
}

TEST_F(ingress_death, does_not_take_what_its_successor_holds) {
  kill(ingress_);
  at_->ingress = ingress_ = host<ingress>("ingress/0", *at_, tests::test_secret(), clock(), false);
  route(3, logs_[3]);
  const auto x = bring(tests::root_key, greet_gpt);
  EXPECT_EQ(traffic_.queued.load(), 1);
  offer_for(3);
  EXPECT_EQ(x->relayed.size(), 1U);
  EXPECT_EQ(traffic_.queued.load(), 0);
}

} // namespace
} // namespace logos::ingress
