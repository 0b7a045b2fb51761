// SPDX-License-Identifier: MIT
// INGRESS, as limits are made and changed while its requests wait or run.
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

class ingress_limits_test : public ingress_test {
protected:
  static catalog::snapshot_ptr limited(std::uint64_t version, std::int64_t value, std::int64_t process = 1) {
    accounting::rules rules;
    rules.limits.push_back({1, core::scope::process, process, core::limit_kind::parallel_requests, value});
    return tests::small_catalog(version, std::move(rules));
  }
  void end(fake_exchange& x) {
    const auto call = x.relayed.at(0).observer;
    const auto outcome = whole_answer();
    call->ending(outcome);
    call->ended(outcome);
    run();
  }
};

TEST_F(ingress_limits_test, what_runs_when_its_first_limit_is_made_is_counted_once_and_settled) {
  const auto x = bring(tests::root_key, ten_tokens);
  offer_for(3);
  ASSERT_EQ(x->relayed.size(), 1U);
  EXPECT_TRUE(accounts_.claims.empty());
  adopt(limited(2, 5));
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].at_stage, accounting::stage::running);
  EXPECT_GE(accounts_.claims[0].tokens, 10);
  EXPECT_EQ(accounts_.claims[0].spare_tokens, 0);
  adopt(limited(3, 9));
  EXPECT_EQ(accounts_.claims.size(), 1U) << "its LEDGER knows it";
  end(*x);
  ASSERT_EQ(accounts_.settlements.size(), 1U);
  EXPECT_EQ(accounts_.settlements[0].tokens, 7);
}

TEST_F(ingress_limits_test, who_waits_when_its_first_limit_is_made_is_counted_and_not_refused) {
  const auto x = bring(tests::root_key, ten_tokens);
  adopt(limited(2, 1));
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].at_stage, accounting::stage::running);
  rule({});
  offer_for(3);
  EXPECT_EQ(x->relayed.size(), 1U);
  EXPECT_EQ(accounts_.claims.size(), 1U);
  end(*x);
  EXPECT_EQ(accounts_.settlements.size(), 1U);
}

TEST_F(ingress_limits_test, who_is_let_in_by_a_catalog_of_before_the_limit_is_counted) {
  std::vector<fake_exchange::line> headers{{"content-type", "application/json"}};
  headers.push_back({"authorization", "Bearer " + std::string{tests::root_key}});
  const auto x = make_exchange("POST", "/v1/chat/completions", std::move(headers),
                               R"({"messages":[{"role":"user","content":"hi"}]})");
  brought_.push_back(x);
  caf::anon_send(ingress_, atom::handle_v, net::exchange_ptr{x}); // its model is to be chosen
  adopt(limited(2, 1));
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].at_stage, accounting::stage::running);
  EXPECT_EQ(x->status(), 0);
}

TEST_F(ingress_limits_test, whom_the_limit_is_not_about_is_not_counted) {
  const auto runs = bring(tests::root_key, ten_tokens);
  offer_for(3);
  ASSERT_EQ(runs->relayed.size(), 1U);
  const auto waits = bring(tests::root_key, ten_tokens);
  adopt(limited(2, 5, 77));
  offer_for(3, 8);
  EXPECT_EQ(waits->relayed.size(), 1U);
  EXPECT_TRUE(accounts_.claims.empty());
}

TEST_F(ingress_limits_test, who_waits_when_a_limit_and_a_budget_are_made_is_judged_by_the_budget) {
  const auto x = bring(tests::root_key, ten_tokens);
  accounting::rules rules;
  rules.limits.push_back({1, core::scope::process, 1, core::limit_kind::parallel_requests, 5});
  rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 5'000, true});
  adopt(tests::small_catalog(2, std::move(rules)));
  ASSERT_EQ(accounts_.claims.size(), 1U);
  rule({});
  offer_for(3);
  EXPECT_TRUE(x->relayed.empty());
  ASSERT_EQ(accounts_.claims.size(), 2U);
  EXPECT_EQ(accounts_.claims[1].at_stage, accounting::stage::waiting);
  accounting::ruling spent;
  spent.refusal = {core::ec::budget_spent, "spent"};
  rule(spent);
  EXPECT_EQ(x->status(), 402);
  EXPECT_TRUE(x->relayed.empty());
}

} // namespace
} // namespace logos::ingress
