// SPDX-License-Identifier: MIT
#include "actors/catalog/key_scope.hpp"
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

constexpr std::array account_paths{"/v1/files", "/v1/v1/auths/add", "/openai/v1/fine_tuning/jobs", "/v1/api/x"};

/// Requests that are about a provider's account.
class ingress_reach_test : public ingress_test {
protected:
  void change(const std::function<void(catalog::snapshot&)>& how) {
    auto s = tests::small_catalog(++version_);
    how(*s);
    adopt(s);
  }
  void allow(std::vector<std::string> endpoints) {
    change([&](catalog::snapshot& s) {
      for (auto& who : s.principals)
        who.scope = std::make_shared<const catalog::key_scope>(std::vector<std::int64_t>{}, endpoints,
                                                               std::vector<std::string>{});
    });
  }
  std::size_t asked() const { return logs_.at(1).tickets.size(); }

  std::uint64_t version_ = 1;
};

TEST_F(ingress_reach_test, the_account_is_closed_to_ordinary_keys_and_they_hear_who_can_open_it) {
  for (const auto* path : account_paths) {
    const auto x = bring(tests::user_key, to_gemma, path);
    EXPECT_EQ(x->status(), 403) << path;
    EXPECT_NE(x->answer()->body.find("allowed_endpoints"), std::string::npos);
  }
  EXPECT_EQ(asked(), 0U);
  bring(tests::user_key, to_gemma, "/v1/something/new");
  EXPECT_EQ(asked(), 1U) << "what is not known is relayed";
}

TEST_F(ingress_reach_test, root_and_administrators_may_use_it) {
  for (const auto* path : account_paths)
    bring(tests::root_key, to_gemma, path);
  EXPECT_EQ(asked(), account_paths.size());
  change([](catalog::snapshot& s) {
    for (auto& who : s.principals)
      who.role = core::role::admin;
  });
  bring(tests::user_key, to_gemma, "/v1/files");
  EXPECT_EQ(asked(), account_paths.size() + 1);
}

TEST_F(ingress_reach_test, a_scope_opens_it_only_by_name) {
  for (const std::string general : {"/*", "/v1/*", "/v1*"}) {
    allow({general});
    EXPECT_EQ(bring(tests::user_key, to_gemma, "/v1/files")->status(), 403) << general;
  }
  allow({"/v1/*", "/v1/files*"});
  bring(tests::user_key, to_gemma, "/v1/files/f");
  EXPECT_EQ(asked(), 1U);
  EXPECT_EQ(bring(tests::user_key, to_gemma, "/v1/uploads")->status(), 403);
}

TEST_F(ingress_reach_test, a_scope_opens_batches_where_they_are_relayed_and_nowhere_else) {
  allow({"/v1/batches*", "/openai/deployments/gemma/batches*"});
  EXPECT_EQ(bring(tests::user_key, to_gemma, "/openai/deployments/gemma/batches/b")->status(), 403);
  at_->rules.batches = false;
  const auto listed =
      make_exchange("GET", "/v1/batches", {{"authorization", "Bearer " + std::string{tests::user_key}}});
  tell(ingress_, atom::handle_v, net::exchange_ptr{listed});
  EXPECT_FALSE(listed->answer()) << listed->answer()->body;
  EXPECT_EQ(asked(), 1U);
  allow({"/v1/*"});
  EXPECT_EQ(bring(tests::user_key, to_gemma, "/v1/batches/b")->status(), 403);
}

TEST_F(ingress_reach_test, a_scope_that_was_taken_back_while_a_request_waited_counts) {
  allow({"/v1/files*"});
  const auto x = bring(tests::user_key, to_gemma, "/v1/files/f");
  allow({});
  offer_for(1);
  EXPECT_EQ(x->status(), 403);
  EXPECT_TRUE(x->relayed.empty());
}

TEST_F(ingress_reach_test, at_open_webui_only_inference_is_everybodys) {
  const auto to_webui = [](catalog::snapshot& s) {
    s.providers[0].type = s.providers[1].type = core::provider_type::openwebui;
  };
  change(to_webui);
  for (const auto* path : {"/v1/something/new", "/v1/config", "/v1/tasks", "/v1/x/chat/completions"})
    EXPECT_EQ(bring(tests::user_key, to_gemma, path)->status(), 403) << path;
  EXPECT_EQ(asked(), 0U);
  bring(tests::user_key, to_gemma, "/v1/chat/completions");
  bring(tests::user_key, to_gemma, "/v1/embeddings");
  bring(tests::root_key, to_gemma, "/v1/something/new");
  EXPECT_EQ(asked(), 3U);
}

TEST_F(ingress_reach_test, where_one_of_two_providers_is_open_webui_the_other_serves) {
  change([](catalog::snapshot& s) { s.providers[0].type = core::provider_type::openwebui; });
  bring(tests::user_key, to_gemma, "/v1/something/new");
  EXPECT_EQ(logs_[1].tickets.size(), 0U);
  EXPECT_EQ(logs_[2].tickets.size(), 1U);
}

} // namespace
} // namespace logos::ingress
