// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

/// Under a policy that wants the cheapest model only.
using ingress_cheapest = ingress_test;

TEST_F(ingress_cheapest, is_of_the_models_that_can_do_it_for_each_request_and_at_its_permit) {
  const auto thrifty = [](std::uint64_t version) {
    auto s = permitting(core::privacy_level::cloud_not_in_eu_by_us_provider, version);
    s->policies[0].threshold_cost = 1024;
    s->policies[0].use = core::policy_use::always;
    s->models[0].weight_cost = 2;
    s->models[1].weight_cost = 9;
    s->models[1].capabilities = {core::capability::embeddings};
    return s;
  };
  adopt(thrifty(2));
  const auto x =
      bring(tests::root_key, R"({"model":"gemma","messages":[]})", "/v1/chat/completions", {{"provider", "local-1"}});
  EXPECT_EQ(x->status(), 0) << x->body();
  ASSERT_EQ(logs_[1].tickets.size(), 1U);
  EXPECT_EQ(bring(tests::root_key, R"({"messages":[{"role":"user","content":"hi"}]})")->status(), 0);
  bring(tests::root_key, R"({"model":"gpt","input":"hi"})", "/v1/embeddings");
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
  EXPECT_EQ(bring(tests::root_key, R"({"model":"gemma","input":"hi"})", "/v1/embeddings")->status(), 403)
      << "there is a cheaper one for this";
  adopt(thrifty(3)); // by which the permit is judged
  const auto first = logs_[1].tickets.front();
  answer(first, 1, 7);
  EXPECT_EQ(x->relayed.size(), 1U) << x->body();
}

} // namespace
} // namespace logos::ingress
