// SPDX-License-Identifier: MIT
// Which providers serve a profile, and what is told of a deployment's own key.
#include "tests/actors/rights_fixture.hpp"

namespace logos::tests {
namespace {

class allowed_providers : public rights_test {};

TEST_F(allowed_providers, are_the_only_ones_that_serve_a_profile) {
  const auto gpu =
      make("providers", R"({"name":"gpu","base_url":"http://127.0.0.1:1","models":["gemma"]})").number("id");
  const auto cloud = make("providers", R"({"name":"cloud","base_url":"http://127.0.0.1:2","models":["gpt","gemma"]})");
  const auto process = make("processes", R"({"name":"app"})");
  const auto caller = process.number("id");
  make("permissions", R"({"profile_id":)" + std::to_string(process.number("profile_id")) + R"(,"model":"*"})");
  const auto at = "/admin/v1/profiles/" + std::to_string(process.number("profile_id"));
  const auto ids = "[" + std::to_string(gpu) + "]";
  EXPECT_TRUE(call("GET", at).says(R"("allowed_providers":[])"));
  EXPECT_TRUE(call("GET", "/v1/models", {}, caller).says("gpt"));
  const auto set = call("PATCH", at, R"({"allowed_providers":["gpu",)" + std::to_string(gpu) + "]}");
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_TRUE(set.says(R"("allowed_providers":)" + ids)) << set.body;
  EXPECT_TRUE(call("GET", "/admin/v1/profiles").says(R"("allowed_providers":)" + ids));
  const auto models = call("GET", "/v1/models", {}, caller);
  EXPECT_TRUE(models.says("gemma"));
  EXPECT_FALSE(models.says("gpt"));
  EXPECT_EQ(call("GET", "/v1/models/gpt", {}, caller).status, 404);
  EXPECT_EQ(call("GET", "/v1/models/gemma", {}, caller).status, 200);
  for (const auto& [body, named] : {std::pair{R"({"allowed_providers":[99]})", "there is no provider 99"},
                                    {R"({"allowed_providers":["gpu","gone"]})", "there is no provider \\\"gone\\\""},
                                    {R"({"allowed_providers":"gpu"})", "allowed_providers"},
                                    {R"({"allowed_providers":[1.5]})", "allowed_providers"}}) {
    const auto refused = call("PATCH", at, body);
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_TRUE(refused.says(R"("param":"allowed_providers")")) << refused.body;
    EXPECT_TRUE(refused.says(named)) << refused.body;
  }
  EXPECT_EQ(call("DELETE", "/admin/v1/providers/" + std::to_string(gpu)).status, 204);
  const auto read = call("GET", at);
  EXPECT_TRUE(read.says(R"("allowed_providers":)" + ids)) << "it allows nothing, which is not everything";
  EXPECT_FALSE(call("GET", "/v1/models", {}, caller).says("gemma"));
  EXPECT_EQ(call("PATCH", at, read.body).status, 200) << "what was read may be sent back";
  EXPECT_EQ(call("PATCH", at, R"({"allowed_providers":[]})").status, 200);
  EXPECT_TRUE(call("GET", "/v1/models", {}, caller).says("gemma"));

  const auto other = make("processes", R"({"name":"other"})");
  const auto narrow = make("profiles", R"({"name":"default","allowed_providers":["cloud"],"process_id":)" +
                                           std::to_string(other.number("id")) + "}");
  EXPECT_EQ(narrow.number("id"), other.number("profile_id"))
      << "the one that is there already, and as it was asked for";
  EXPECT_TRUE(narrow.says(R"("allowed_providers":[)" + std::to_string(cloud.number("id")) + "]"));
}

TEST_F(allowed_providers, go_with_the_profiles_that_a_user_copies_and_are_an_administrators_to_set) {
  make("providers", R"({"name":"gpu","base_url":"http://127.0.0.1:1","models":["gemma"]})");
  permit(ann, "gemma");
  const auto at = "/admin/v1/profiles/" + std::to_string(ann.profile);
  EXPECT_EQ(call("PATCH", at, R"({"allowed_providers":["gpu"]})", ann.key).status, 403);
  ASSERT_EQ(call("PATCH", at, R"({"allowed_providers":["gpu"]})", adam.key).status, 200);
  EXPECT_EQ(call("PATCH", at, R"({"allowed_providers":[]})", ann.key).status, 403);
  const auto made = new_key(ann);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(snapshot_->principals.back().profiles.at(0).providers, std::vector{snapshot_->find_provider("gpu")->id});
  const auto events = call("GET", "/admin/v1/events?resource=profile&id=" + std::to_string(ann.profile));
  EXPECT_TRUE(events.says(R"("allowed_providers":[)")) << events.body;
}

TEST_F(allowed_providers, a_deployment_says_whether_it_has_a_key_and_never_which) {
  make("providers",
       R"({"name":"cloud","type":"openai","base_url":"http://127.0.0.1:1","api_key":"sk-1","models":["a"]})");
  const auto path = "/admin/v1/deployments/" + std::to_string(snapshot_->deployments.at(0).id);
  EXPECT_TRUE(call("GET", path).says(R"("has_api_key":false)")) << "it goes by the provider's";
  const auto set = call("PATCH", path, R"({"api_key":"sk-own"})");
  EXPECT_TRUE(set.says(R"("has_api_key":true)")) << set.body;
  EXPECT_FALSE(set.says("sk-own"));
  EXPECT_TRUE(call("GET", "/admin/v1/deployments").says(R"("has_api_key":true)"));
  EXPECT_EQ(call("PATCH", path, R"({"has_api_key":false})").status, 400) << "it cannot be set";
}

} // namespace
} // namespace logos::tests
