// SPDX-License-Identifier: MIT
// Requests that a provider refuses because it is busy.
#include "tests/actors/ingress_fixture.hpp"

#include <caf/all.hpp>

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;

class ingress_busy_test : public ingress_test {
protected:
  using headers = std::vector<net::header_view>;

  /// The provider answers the request's last call with this head, and with this body of a refusal, if any; true: the
  /// answer is relayed.
  bool provider_says(const boost::intrusive_ptr<fake_exchange>& x, int status, const headers& h = {},
                     std::string_view refusal = {}) {
    auto observer = x->relayed.back().observer;
    if (!refusal.empty()) observer->refused(refusal);
    const bool wanted = observer->head(status, h);
    net::call_outcome o;
    o.status = status;
    o.error = wanted ? core::ec::none : core::ec::upstream_error;
    o.answered = wanted;
    o.sent = clock().wall() - 3ms;
    o.ended = clock().wall();
    if (wanted) observer->ending(o);
    observer->ended(o);
    run();
    return wanted;
  }
};

constexpr std::string_view no_money =
    R"({"error":{"message":"You exceeded your quota.","type":"insufficient_quota","code":"insufficient_quota"}})";

/// The SCHEDULER's word that a ticket's time is over.
actors::refusal too_late(const actors::ticket& t) {
  auto r = refusal_of(t, core::ec::queue_timeout, "Waited 5 s.");
  r.retry_after_s = 2;
  return r;
}

TEST_F(ingress_busy_test, goes_back_to_its_queue_and_keeps_its_place) {
  const auto x = bring(tests::root_key, to_gpt);
  offer_for(3);
  advance(2s);
  EXPECT_FALSE(provider_says(x, 429, {{"retry-after", "1"}, {"x-ratelimit-remaining-requests", "0"}}));
  ASSERT_EQ(logs_[3].releases.size(), 1U);
  const auto& r = logs_[3].releases[0];
  EXPECT_EQ(r.status, 429);
  EXPECT_EQ(r.rates.pause_us, 1'000'000);
  EXPECT_EQ(r.rates.requests.remaining, 0);
  EXPECT_EQ(r.rates.age_us, 3'000);
  ASSERT_EQ(logs_[3].tickets.size(), 2U);
  EXPECT_EQ(logs_[3].tickets[1].waited_us, 2'000'000);
  EXPECT_EQ(x->status(), 0);
  EXPECT_TRUE(rows().empty());
  offer_for(3, 8);
  ASSERT_EQ(x->relayed.size(), 2U);
  EXPECT_TRUE(provider_says(x, 200));
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0].http_status, 200);
}

TEST_F(ingress_busy_test, hears_the_refusal_when_it_has_no_time_to_come_back) {
  const auto x = bring(tests::root_key, to_gpt, "/v1/chat/completions", {{"x-logos-timeout", "5"}});
  offer_for(3);
  EXPECT_TRUE(provider_says(x, 429, {{"retry-after", "6"}}));
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
}

TEST_F(ingress_busy_test, hears_that_the_provider_is_busy_when_its_time_ends_in_the_queue) {
  struct answered {
    int provider, client;
    core::ec code;
  };
  for (const auto& [provider, client, code] :
       {answered{429, 429, core::ec::rate_limited}, answered{503, 503, core::ec::no_provider}}) {
    const auto x = bring(tests::root_key, to_gpt, "/v1/chat/completions", {{"x-logos-timeout", "5"}});
    offer_for(3);
    ASSERT_FALSE(provider_says(x, provider, {{"retry-after", "3"}}));
    tell(logs_[3].requester, too_late(logs_[3].tickets.back()));
    ASSERT_EQ(x->status(), client);
    EXPECT_NE(x->answer()->headers.find("retry-after: 2\r\n"), std::string::npos) << x->answer()->headers;
    EXPECT_NE(x->answer()->body.find("answered with status " + std::to_string(provider)), std::string::npos);
    EXPECT_NE(x->answer()->body.find("Waited 5 s."), std::string::npos) << x->answer()->body;
    EXPECT_EQ(rows().back().http_status, client);
    EXPECT_EQ(rows().back().error, code);
  }
}

TEST_F(ingress_busy_test, is_late_when_no_provider_has_answered_it) {
  const auto x = bring(tests::root_key, to_gpt, "/v1/chat/completions", {{"x-logos-timeout", "5"}});
  tell(logs_[3].requester, too_late(logs_[3].tickets.back()));
  EXPECT_EQ(x->status(), 504);
}

TEST_F(ingress_busy_test, hears_the_refusal_when_the_provider_says_that_asking_again_is_of_no_use) {
  const auto x = bring(tests::root_key, to_gpt);
  offer_for(3);
  EXPECT_TRUE(provider_says(x, 429, {{"x-should-retry", "false"}}));
}

TEST_F(ingress_busy_test, hears_at_once_that_the_providers_account_is_closed) {
  const auto x = bring(tests::root_key, to_gpt);
  offer_for(3);
  EXPECT_TRUE(x->relayed.back().call.tells_refusal);
  EXPECT_TRUE(provider_says(x, 429, {{"retry-after", "1"}}, no_money));
  EXPECT_EQ(logs_[3].tickets.size(), 1U) << "it does not go back";
  ASSERT_EQ(logs_[3].releases.size(), 1U);
  EXPECT_TRUE(logs_[3].releases[0].account_closed);
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0].http_status, 429);
}

TEST_F(ingress_busy_test, goes_at_once_to_another_provider_when_ones_account_is_closed) {
  const auto x = bring(tests::root_key, R"({"model":"gemma","messages":[]})");
  const auto at_first = logs_[1].tickets.size(), at_second = logs_[2].tickets.size();
  offer_for(1);
  EXPECT_FALSE(provider_says(x, 429, {}, no_money));
  EXPECT_EQ(logs_[1].tickets.size(), at_first) << "it is not asked again";
  ASSERT_EQ(logs_[2].tickets.size(), at_second + 1);
  EXPECT_TRUE(rows().empty());
  offer_for(2, 8);
  ASSERT_EQ(x->relayed.size(), 2U);
  EXPECT_TRUE(provider_says(x, 200));
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0].http_status, 200);
  EXPECT_EQ(rows()[0].ids.provider_id, 2);
}

TEST_F(ingress_busy_test, waits_for_a_provider_whose_refusal_speaks_of_its_rate_only) {
  const auto x = bring(tests::root_key, to_gpt);
  offer_for(3);
  EXPECT_FALSE(provider_says(x, 429, {}, R"({"error":{"type":"requests","code":"rate_limit_exceeded"}})"));
  ASSERT_EQ(logs_[3].releases.size(), 1U);
  EXPECT_FALSE(logs_[3].releases[0].account_closed);
}

TEST_F(ingress_busy_test, an_error_that_is_no_refusal_is_relayed) {
  for (const int status : {400, 500, 503}) {
    const auto x = bring(tests::root_key, to_gpt);
    offer_for(3);
    EXPECT_TRUE(provider_says(x, status)) << status;
  }
}

TEST_F(ingress_busy_test, a_spell_of_refusals_is_waited_out) {
  const auto x = bring(tests::root_key, to_gpt);
  for (std::uint64_t permit = 1; permit <= 30; ++permit) {
    offer_for(3, permit);
    ASSERT_FALSE(provider_says(x, 429)) << permit;
    advance(1s);
  }
  offer_for(3, 31);
  EXPECT_TRUE(provider_says(x, 200));
}

TEST_F(ingress_busy_test, whoever_refuses_for_a_minute_and_serves_nobody_is_not_busy) {
  const auto x = bring(tests::root_key, to_gpt);
  int refused = 0;
  for (std::uint64_t permit = 1; permit <= 20; ++permit) {
    offer_for(3, permit);
    if (provider_says(x, 429)) break;
    ++refused;
    advance(6s);
  }
  EXPECT_EQ(refused, 10);
  const auto y = bring(tests::root_key, to_gpt);
  offer_for(3, 30);
  EXPECT_TRUE(provider_says(y, 429)) << "nor is it for the next";
  const auto z = bring(tests::root_key, to_gpt);
  offer_for(3, 31);
  EXPECT_TRUE(provider_says(z, 200));
  const auto w = bring(tests::root_key, to_gpt);
  offer_for(3, 32);
  EXPECT_FALSE(provider_says(w, 429)) << "it serves again";
}

} // namespace
} // namespace logos::ingress
