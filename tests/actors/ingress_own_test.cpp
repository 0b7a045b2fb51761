// SPDX-License-Identifier: MIT
#include "actors/catalog/key_scope.hpp"
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view ten_tokens_of_none = R"({"model":"gpt","max_tokens":10,"messages":[]})";
constexpr std::int64_t root = 1, user = 2; // processes of the small catalog

/// Requests that the gateway makes itself: jobs, which have a process instead of a key.
class ingress_own_test : public ingress_test {
protected:
  boost::intrusive_ptr<fake_exchange> run_for(std::int64_t process, std::string_view body = to_gemma) {
    auto x = make_exchange("POST", "/v1/chat/completions", {{"content-type", "application/json"}}, body);
    x->make_for(process);
    tell(ingress_, atom::handle_v, net::exchange_ptr{x});
    brought_.push_back(x);
    return x;
  }
  std::shared_ptr<catalog::snapshot> next() { return tests::small_catalog(++version_); }
  void narrow(std::vector<std::int64_t> models, std::vector<std::string> endpoints, std::vector<std::string> from) {
    auto s = next();
    for (auto& who : s->principals)
      who.scope = std::make_shared<const catalog::key_scope>(models, endpoints, from);
    adopt(s);
  }

  std::uint64_t version_ = 1;
};

TEST_F(ingress_own_test, they_may_do_what_their_process_may) {
  run_for(user);
  EXPECT_EQ(logs_[1].tickets.size(), 1U);
  EXPECT_EQ(run_for(user, ten_tokens_of_none)->status(), 404);
  EXPECT_EQ(run_for(99)->status(), 401) << "there is no such process, or not any more";
}

TEST_F(ingress_own_test, they_are_claimed_from_the_ledger_as_any_other) {
  accounting::rules rules;
  rules.budgets.push_back({1, core::scope::process, root, core::budget_period::total, 1'000'000'000, true});
  adopt(tests::small_catalog(++version_, std::move(rules),
                             accounting::price_book{{{9, 2, 0, core::token_type::completion, {}, 1'000'000}}}));
  const auto x = run_for(root, ten_tokens_of_none);
  ASSERT_EQ(accounts_.claims.size(), 1U);
  EXPECT_EQ(accounts_.claims[0].who[static_cast<std::size_t>(core::scope::process)], root);
  EXPECT_EQ(accounts_.claims[0].hold, 10'000);
  EXPECT_TRUE(logs_[3].tickets.empty());
  accounting::ruling spent;
  spent.refusal = {core::ec::budget_spent, "spent"};
  rule(spent);
  EXPECT_EQ(x->status(), 402);
}

TEST_F(ingress_own_test, the_scope_of_their_process_counts) {
  narrow({2}, {}, {});
  EXPECT_EQ(run_for(root)->status(), 403);
  narrow({}, {"/v1/embeddings"}, {});
  EXPECT_EQ(run_for(user)->status(), 403);
  narrow({}, {}, {"10.0.0.0/8"});
  EXPECT_EQ(run_for(user)->status(), 403) << "of whoever has left the request for later";
  EXPECT_TRUE(logs_[1].tickets.empty());
}

TEST_F(ingress_own_test, what_their_process_may_not_do_any_more_is_not_done) {
  const std::vector<std::pair<int, std::function<void()>>> changes{
      {401, // at once, without a word of a SCHEDULER
       [this] {
         auto s = next();
         s->principals.erase(s->principals.begin() + 1); // removed
         adopt(s);
       }},
      {401,
       [this] {
         auto s = next();
         s->principals[1].expires = clock().wall();
         adopt(s);
       }},
      {403, [this] { narrow({2}, {}, {}); }},
      {403, [this] { narrow({}, {"/v1/embeddings"}, {}); }},
      {403, [this] { narrow({}, {}, {"10.0.0.0/8"}); }}};
  for (const auto& [status, change] : changes) {
    adopt(next());
    const auto x = run_for(user);
    change();
    EXPECT_EQ(x->status(), status == 401 ? 401 : 0);
    offer_for(1);
    EXPECT_EQ(x->status(), status);
    EXPECT_TRUE(x->relayed.empty());
  }
}

TEST_F(ingress_own_test, a_rotation_of_the_key_does_not_end_them) {
  const auto x = run_for(user);
  auto s = next();
  const auto node = s->keys.extract(tests::test_secret().hash(tests::user_key));
  s->keys.emplace(tests::test_secret().hash("lg-new-key"), node.mapped());
  adopt(s);
  offer_for(1);
  EXPECT_EQ(x->relayed.size(), 1U);
}

} // namespace
} // namespace logos::ingress
