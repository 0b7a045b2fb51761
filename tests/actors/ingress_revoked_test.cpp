// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using core::ec;

constexpr std::string_view ten_of_gemma =
    R"({"model":"gemma","max_tokens":10,"messages":[{"role":"user","content":"hi"}]})";
constexpr std::int64_t revoked = 2; // the process of the small catalog whose key goes

/// The key of process 2, which has a budget, is taken away while requests are under way.
class ingress_revoked_test : public ingress_test {
protected:
  ingress_revoked_test() { adopt(next()); }

  std::shared_ptr<catalog::snapshot> next() {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, revoked, core::budget_period::total, 1'000'000'000, true});
    return tests::small_catalog(
        ++version_, std::move(rules),
        accounting::price_book{{{9, 1, 0, core::token_type::completion, {}, 1'000'000, 0, 0, 4}}});
  }
  void revoke() {
    auto fresh = next();
    fresh->keys.erase(tests::test_secret().hash(tests::user_key));
    std::erase_if(fresh->principals, [](const auto& p) { return p.process_id == revoked; });
    adopt(fresh);
  }
  boost::intrusive_ptr<fake_exchange> bring_ruled() {
    const auto x = bring(tests::user_key, ten_of_gemma);
    rule({});
    return x;
  }
  boost::intrusive_ptr<fake_exchange> bring_running() {
    const auto x = bring_ruled();
    offer_for(1);
    EXPECT_EQ(x->relayed.size(), 1U);
    return x;
  }
  static net::call_outcome cut() {
    net::call_outcome outcome;
    outcome.error = ec::wrong_key;
    outcome.message = revoked_text;
    outcome.sent_whole = true;
    return outcome;
  }
  /// Told so, booked once, and nothing of what it held is left.
  void expect_ended(const fake_exchange& x) {
    EXPECT_EQ(x.status(), 401);
    EXPECT_NE(x.body().find("invalid_api_key"), std::string::npos) << x.body();
    EXPECT_NE(x.body().find("revoked"), std::string::npos) << x.body();
    expect_booked(x);
  }
  void expect_booked(const fake_exchange& x) {
    EXPECT_EQ(row_of(x).error, ec::wrong_key);
    EXPECT_EQ(settlements_of(x), 1);
  }

  static constexpr const char* revoked_text = "The API key was revoked";
  std::uint64_t version_ = 1;
};

TEST_F(ingress_revoked_test, who_waits_in_the_queue_is_told_at_once_and_gives_up_its_place) {
  const auto x = bring_ruled();
  const auto other = bring(tests::root_key, greet_gpt);
  ASSERT_EQ(logs_[1].tickets.size(), 1U);
  revoke();
  expect_ended(*x);
  EXPECT_EQ(logs_[1].withdrawals.size(), 1U);
  EXPECT_EQ(logs_[2].withdrawals.size(), 1U);
  EXPECT_EQ(other->status(), 0) << "its key is another";
  EXPECT_EQ(traffic_.queued.load(), 1);
}

TEST_F(ingress_revoked_test, who_waits_for_the_ledger_is_told_at_once) {
  const auto x = bring(tests::user_key, ten_of_gemma);
  revoke();
  expect_ended(*x);
  rule({}); // comes too late
  EXPECT_TRUE(logs_[1].tickets.empty());
}

TEST_F(ingress_revoked_test, a_permit_on_its_way_to_the_executor_is_given_back_unused) {
  const auto x = bring_ruled();
  auto fresh = next();
  fresh->keys.erase(tests::test_secret().hash(tests::user_key));
  caf::anon_send(logs_[1].requester, offer_of(logs_[1].tickets.back()));
  caf::anon_send(ingress_, atom::adopt_v, catalog::snapshot_ptr{fresh}); // before EXECUTOR has read of the request
  run();
  EXPECT_TRUE(x->relayed.empty());
  EXPECT_TRUE(at_->handed.empty());
  expect_ended(*x);
  ASSERT_EQ(logs_[1].releases.size(), 1U);
  EXPECT_EQ(logs_[1].releases[0].code, static_cast<std::uint8_t>(ec::wrong_key));
}

TEST_F(ingress_revoked_test, a_call_is_cut_and_its_unanswered_client_gets_401_and_no_other_provider_is_asked) {
  const auto x = bring_running();
  const auto tickets = logs_[2].tickets.size();
  revoke();
  EXPECT_EQ(x->cancelled, ec::wrong_key);
  const auto call = x->relayed[0].observer;
  call->ended(cut());
  run();
  expect_ended(*x);
  EXPECT_EQ(logs_[1].releases.size(), 1U);
  EXPECT_EQ(logs_[2].tickets.size(), tickets);
}

TEST_F(ingress_revoked_test, what_a_stream_that_is_cut_has_brought_is_booked_and_settled) {
  const auto x = bring_running();
  revoke();
  auto outcome = cut();
  outcome.status = 200;
  outcome.answered = true;
  outcome.events = 6;
  const auto call = x->relayed[0].observer;
  call->ending(outcome);
  call->ended(outcome);
  run();
  expect_booked(*x);
  const auto row = rows().at(0);
  EXPECT_EQ(row.usage_source, core::usage_source::partial);
  EXPECT_EQ(row.http_status, 200) << "the head had gone out";
  EXPECT_GT(row.cost_nano, 0);
  EXPECT_EQ(accounts_.settlements.at(0).cost, row.cost_nano);
}

TEST_F(ingress_revoked_test, a_failed_call_on_its_way_back_is_not_tried_elsewhere) {
  const auto x = bring_running();
  net::call_outcome unreachable;
  unreachable.error = ec::upstream_unreachable;
  auto fresh = next();
  fresh->keys.erase(tests::test_secret().hash(tests::user_key));
  caf::anon_send(ingress_, atom::adopt_v, catalog::snapshot_ptr{fresh}); // is read before the request comes back
  const auto call = x->relayed[0].observer;
  call->ended(unreachable);
  const auto tickets = logs_[2].tickets.size();
  run();
  EXPECT_TRUE(at_->returned.empty());
  EXPECT_EQ(logs_[2].tickets.size(), tickets);
  EXPECT_EQ(traffic_.queued.load(), 0);
  expect_ended(*x);
}

TEST_F(ingress_revoked_test, a_key_that_was_rotated_ends_with_its_grace_for_what_is_new_only) {
  const auto hash = tests::test_secret().hash(tests::user_key);
  const auto x = bring_running();
  auto grace = next();
  grace->ending_keys[hash] = {grace->keys.at(hash), clock().wall() + std::chrono::seconds{30}};
  grace->keys.erase(hash);
  adopt(grace);
  EXPECT_FALSE(x->cancelled) << "it still opens";
  advance(std::chrono::seconds{31});
  auto after = next();
  after->keys.erase(hash);
  adopt(after);
  EXPECT_FALSE(x->cancelled) << "what was let in within the grace may end; nobody has taken the key away";
}

TEST_F(ingress_revoked_test, a_key_that_is_changed_otherwise_cuts_nothing) {
  const auto x = bring_running();
  auto fresh = next();
  for (auto& who : fresh->principals) {
    who.log = core::log_level::full;
    who.priority = core::priority_low;
    who.profiles.clear();
  }
  adopt(fresh);
  EXPECT_FALSE(x->cancelled);
}

TEST_F(ingress_revoked_test, a_job_ends_with_its_process_and_not_with_a_rotation_of_its_key) {
  const auto x = make_exchange("POST", "/v1/chat/completions", {{"content-type", "application/json"}}, ten_of_gemma);
  x->make_for(revoked);
  tell(ingress_, atom::handle_v, net::exchange_ptr{x});
  brought_.push_back(x);
  rule({});
  offer_for(1);
  auto rotated = next();
  rotated->keys.erase(tests::test_secret().hash(tests::user_key));
  adopt(rotated);
  EXPECT_FALSE(x->cancelled);
  revoke();
  EXPECT_EQ(x->cancelled, ec::wrong_key);
}

} // namespace
} // namespace logos::ingress
