// SPDX-License-Identifier: MIT
// Who is let in, what those hear who are not, and who may no longer be served when a place comes.
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;

TEST_F(ingress_test, a_request_without_a_key_is_401) {
  const auto x = bring("", greet_gpt);
  EXPECT_EQ(x->status(), 401);
  EXPECT_NE(x->body().find("missing_api_key"), std::string::npos);
}

TEST_F(ingress_test, what_is_refused_below_admin_is_a_problem_of_rfc_9457) {
  for (const auto* path : {"/admin/v1/users", "/admin/nowhere"})
    for (const std::string_view key : {"", "nonsense"}) {
      const auto x = bring(key, "", path);
      EXPECT_EQ(x->answer()->content_type, "application/problem+json") << path << key;
      EXPECT_NE(x->body().find("\"status\":" + std::to_string(x->status())), std::string::npos) << x->body();
      EXPECT_EQ(x->answer()->headers.find("www-authenticate: Bearer") != std::string::npos, x->status() == 401);
    }
  EXPECT_EQ(bring("", greet_gpt)->answer()->content_type, "application/json");
}

TEST_F(ingress_test, an_unknown_key_is_401_whatever_bytes_it_has) {
  for (const std::string_view key : {"nonsense", "' OR 1=1 --", "\xff\xfe", "lg-"})
    EXPECT_EQ(bring(key, greet_gpt)->status(), 401) << key;
  EXPECT_EQ(bring(std::string(65536, 'a'), greet_gpt)->status(), 401);
}

TEST_F(ingress_test, what_a_key_may_not_use_looks_like_what_does_not_exist) {
  const auto forbidden = bring(tests::user_key, greet_gpt);
  const auto unknown = bring(tests::user_key, R"({"model":"nope","messages":[]})");
  EXPECT_EQ(forbidden->status(), 404);
  EXPECT_EQ(unknown->status(), 404);
  EXPECT_TRUE(logs_[3].tickets.empty());
}

TEST_F(ingress_test, a_key_without_a_profile_may_use_nothing) {
  EXPECT_EQ(bring(tests::bare_key, greet_gemma)->status(), 403);
}

TEST_F(ingress_test, somebody_elses_profile_is_refused) {
  EXPECT_EQ(bring(tests::user_key, greet_gemma, "/v1/chat/completions", {{"use_profile", "10"}})->status(), 403);
  EXPECT_EQ(bring(tests::user_key, greet_gemma, "/v1/chat/completions", {{"use_profile", "x"}})->status(), 400);
}

TEST_F(ingress_test, malformed_bodies_are_told_apart_from_missing_ones) {
  EXPECT_EQ(bring(tests::root_key, "")->status(), 400);
  EXPECT_EQ(bring(tests::root_key, "{")->status(), 400);
  EXPECT_EQ(bring(tests::root_key, "[]")->status(), 400);
  EXPECT_EQ(bring(tests::root_key, R"({"model":5})")->status(), 400);
  EXPECT_EQ(bring(tests::root_key, greet_gpt, "/v1/chat/completions", {{"x-logos-priority", "urgent"}})->status(), 400);
  EXPECT_EQ(bring(tests::root_key, greet_gpt, "/v1/chat/completions", {{"x-logos-timeout", "-1"}})->status(), 400);
  EXPECT_EQ(bring(tests::root_key, greet_gpt, "/v1/chat/completions", {{"x-logos-timeout", "604801"}})->status(), 400);
  EXPECT_EQ(bring(tests::root_key, greet_gpt, "/v1/chat/completions", {{"x-logos-metadata", "{"}})->status(), 400);
  EXPECT_EQ(bring(tests::root_key, greet_gpt, "/v1/chat/completions", {{"content-encoding", "gzip"}})->status(), 415);
}

TEST_F(ingress_test, unknown_paths_and_wrong_methods_are_said) {
  EXPECT_EQ(bring(tests::root_key, greet_gpt, "/nothing")->status(), 404);
  EXPECT_EQ(bring(tests::root_key, greet_gpt, "/health")->status(), 405);
}

TEST_F(ingress_test, administration_gets_the_caller) {
  const auto x = make_exchange("GET", "/v1/models", {{"logos_key", std::string{tests::user_key}}});
  tell(ingress_, atom::handle_v, net::exchange_ptr{x});
  const auto open = make_exchange("GET", "/health");
  tell(ingress_, atom::handle_v, net::exchange_ptr{open});
  EXPECT_EQ(callers_, (std::vector<std::int64_t>{2, 0}));
}

TEST_F(ingress_test, administration_is_told_whose_client_has_left_that_does_not_wait_here) {
  const auto report = make_exchange("GET", "/admin/v1/usage", {{"logos_key", std::string{tests::user_key}}});
  tell(ingress_, atom::handle_v, net::exchange_ptr{report});
  const auto waiting = bring(tests::user_key, R"({"model":"gemma","messages":[]})");
  for (const auto& x : {report, waiting}) {
    x->is_gone = true;
    tell(ingress_, atom::gone_v, x->id());
  }
  EXPECT_EQ(left_, std::vector{report->id()});
}

TEST_F(ingress_test, a_key_revoked_in_the_queue_gets_no_byte_upstream) {
  const auto x = bring(tests::user_key, R"({"model":"gemma","messages":[]})");
  auto fresh = tests::small_catalog(2);
  fresh->keys.erase(tests::test_secret().hash(tests::user_key));
  std::erase_if(fresh->principals, [](const auto& p) { return p.process_id == 2; });
  adopt(fresh);
  EXPECT_EQ(x->status(), 401);
  EXPECT_EQ(logs_[1].withdrawals.size(), 1U);
  offer_for(1); // it crosses the withdrawal
  EXPECT_TRUE(x->relayed.empty());
}

TEST_F(ingress_test, a_policy_that_is_withdrawn_or_tightened_in_the_queue_binds_who_waits) {
  for (const bool withdrawn : {true, false}) {
    adopt(permitting(core::privacy_level::cloud_not_in_eu_by_us_provider, withdrawn ? 3 : 5));
    const auto x = bring(tests::root_key, greet_gpt, "/v1/chat/completions", {{"policy", "local-only"}});
    ASSERT_EQ(x->status(), 0);
    auto fresh = tests::small_catalog(withdrawn ? 4 : 6); // gpt runs in the cloud, the policy says local
    if (withdrawn) fresh->policies.clear();
    adopt(fresh);
    offer_for(3);
    EXPECT_TRUE(x->relayed.empty());
    EXPECT_EQ(x->status(), 403);
  }
}

TEST_F(ingress_test, a_key_that_expires_in_the_queue_gets_no_byte_upstream) {
  auto soon = tests::small_catalog(2);
  for (auto& who : soon->principals)
    who.expires = clock().wall() + 30s;
  adopt(soon);
  const auto x = bring(tests::root_key, greet_gpt);
  advance(31s);
  offer_for(3);
  EXPECT_TRUE(x->relayed.empty());
  EXPECT_EQ(x->status(), 403);
}

TEST_F(ingress_test, the_connections_memory_of_a_key_does_not_outlive_the_catalog) {
  const auto x = bring(tests::root_key, greet_gpt);
  auto fresh = tests::small_catalog(2);
  fresh->keys.clear();
  adopt(fresh);
  const auto again =
      make_exchange("POST", "/v1/chat/completions",
                    {{"content-type", "application/json"}, {"logos-key", std::string{tests::root_key}}}, greet_gpt);
  again->memo() = std::move(x->memo());
  tell(ingress_, atom::handle_v, net::exchange_ptr{again});
  EXPECT_EQ(again->status(), 401);
}

TEST_F(ingress_test, a_policy_keeps_requests_off_the_cloud) {
  const auto named = bring(tests::root_key, greet_gpt, "/v1/chat/completions", {{"policy", "local-only"}});
  EXPECT_EQ(named->status(), 403);
  bring(tests::root_key, R"({"messages":[]})", "/v1/chat/completions", {{"policy", "1"}});
  EXPECT_EQ(logs_[1].tickets.size() + logs_[2].tickets.size(), 2U);
  EXPECT_TRUE(logs_[3].tickets.empty());
  EXPECT_EQ(bring(tests::root_key, greet_gpt, "/v1/chat/completions", {{"policy", "nope"}})->status(), 404);
}

} // namespace
} // namespace logos::ingress
