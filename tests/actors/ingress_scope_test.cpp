// SPDX-License-Identifier: MIT
#include "actors/catalog/key_scope.hpp"
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view old_key = "lg-old-key"; // root's, before it was rotated

/// Requests by keys whose use is narrowed.
class ingress_scope_test : public ingress_test {
protected:
  /// Everybody's keys have this scope.
  void narrow(std::vector<std::int64_t> models, std::vector<std::string> endpoints,
              std::vector<std::string> addresses) {
    auto s = tests::small_catalog(++version_);
    for (auto& who : s->principals)
      who.scope = std::make_shared<const catalog::key_scope>(models, endpoints, addresses);
    adopt(s);
  }
  void rotate_root(core::wall_time old_ends) {
    auto s = tests::small_catalog(++version_);
    s->ending_keys.emplace(tests::test_secret().hash(old_key), catalog::snapshot::ending_key{0, old_ends});
    adopt(s);
  }
  static std::string words(const boost::intrusive_ptr<fake_exchange>& x) {
    const auto answer = x->answer();
    return answer ? answer->body : std::string{};
  }

  std::uint64_t version_ = 1;
};

TEST_F(ingress_scope_test, a_model_out_of_scope_is_refused_by_name_even_to_root) {
  narrow({1}, {}, {});
  const auto refused = bring(tests::root_key, to_gpt);
  EXPECT_EQ(refused->status(), 403);
  EXPECT_NE(words(refused).find("its scope allows the models gemma"), std::string::npos) << words(refused);
  EXPECT_NE(words(refused).find("out_of_scope"), std::string::npos);
  EXPECT_EQ(bring(tests::user_key, to_gpt)->status(), 404) << "not permitted anyway: names cannot be probed for";
  bring(tests::root_key, to_gemma);
  EXPECT_EQ(logs_[1].tickets.size(), 1U);
}

TEST_F(ingress_scope_test, a_choice_is_made_among_the_models_in_scope) {
  narrow({1}, {}, {});
  bring(tests::root_key, R"({"messages":[]})");
  EXPECT_TRUE(logs_[3].tickets.empty()) << "gpt would be better";
  EXPECT_EQ(logs_[1].tickets.size(), 1U);
}

TEST_F(ingress_scope_test, an_endpoint_out_of_scope_is_refused) {
  narrow({}, {"/v1/embeddings*"}, {});
  for (const auto* path : {"/v1/chat/completions", "/openai/deployments/gemma/embeddings", "/v1/%65mbeddings"})
    EXPECT_EQ(bring(tests::user_key, to_gemma, path)->status(), 403) << path;
  EXPECT_TRUE(logs_[1].tickets.empty());
  bring(tests::user_key, to_gemma, "/v1/embeddings");
  EXPECT_EQ(logs_[1].tickets.size(), 1U);
}

TEST_F(ingress_scope_test, a_client_elsewhere_is_refused) {
  narrow({}, {}, {"10.0.0.0/8"});
  const auto refused = bring(tests::user_key, to_gemma);
  EXPECT_EQ(refused->status(), 403);
  EXPECT_NE(words(refused).find("10.0.0.0/8"), std::string::npos);
  narrow({}, {}, {"127.0.0.1"});
  bring(tests::user_key, to_gemma);
  EXPECT_EQ(logs_[1].tickets.size(), 1U);
}

TEST_F(ingress_scope_test, a_scope_that_was_narrowed_while_a_request_waited_counts) {
  const std::vector<std::function<void()>> changes{[this] { narrow({2}, {}, {}); },
                                                   [this] { narrow({}, {"/v1/embeddings"}, {}); },
                                                   [this] { narrow({}, {}, {"10.0.0.0/8"}); }};
  for (const auto& change : changes) {
    adopt(tests::small_catalog(++version_));
    const auto x = bring(tests::user_key, to_gemma);
    change();
    offer_for(1);
    EXPECT_EQ(x->status(), 403);
    EXPECT_TRUE(x->relayed.empty());
  }
}

TEST_F(ingress_scope_test, a_rotated_key_works_until_its_grace_ends) {
  EXPECT_EQ(bring(old_key, to_gpt)->status(), 401);
  rotate_root(clock().wall() + 1h);
  bring(old_key, to_gpt);
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
  rotate_root(clock().wall());
  EXPECT_EQ(bring(old_key, to_gpt)->status(), 401);
}

TEST_F(ingress_scope_test, a_key_in_its_grace_changes_nothing) {
  rotate_root(clock().wall() + 1h);
  for (const auto* path : {"/admin/v1/processes", "/admin/v1/processes/1/rotate", "/logosdb/add_service"}) {
    const auto refused = bring(old_key, "{}", path);
    EXPECT_EQ(refused->status(), 403) << path;
    EXPECT_NE(words(refused).find("grace"), std::string::npos) << words(refused);
  }
}

TEST_F(ingress_scope_test, a_request_whose_key_was_rotated_while_it_waited_gets_no_permit) {
  const auto x = bring(tests::user_key, to_gemma);
  auto s = tests::small_catalog(++version_);
  const auto node = s->keys.extract(tests::test_secret().hash(tests::user_key));
  s->keys.emplace(tests::test_secret().hash("lg-new-key"), node.mapped());
  adopt(s);
  EXPECT_EQ(x->status(), 401);
  offer_for(1);
  EXPECT_TRUE(x->relayed.empty());
}

TEST_F(ingress_scope_test, a_grace_that_ends_while_a_request_waits_ends_it) {
  rotate_root(clock().wall() + 10s);
  const auto x = bring(old_key, to_gpt);
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  advance(11s);
  offer_for(3);
  EXPECT_EQ(x->status(), 403);
  EXPECT_TRUE(x->relayed.empty());
}

} // namespace
} // namespace logos::ingress
