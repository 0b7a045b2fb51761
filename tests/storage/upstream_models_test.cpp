// SPDX-License-Identifier: MIT
#include "tests/storage/transfer_fixture.hpp"

namespace logos::test {
namespace {

class upstream_models : public import_suite {
protected:
  static std::string file(const std::string& first, const std::string& second,
                          const std::string& links = R"({"id":1,"model_id":1,"provider_id":1},
                                                        {"id":2,"model_id":2,"provider_id":2})") {
    return R"({"process":[{"id":1,"logos_key":"k","name":"a"}],
      "profiles":[{"id":1,"name":"one","process_id":1},{"id":2,"name":"two","process_id":1}],
      "providers":[{"id":1,"name":"gpu","base_url":"http://127.0.0.1:1"},
                   {"id":2,"name":"cloud","base_url":"https://api.example.org"}],
      "models":[{"id":2,"name":")" +
           second + R"(","weight_privacy":"CLOUD_NOT_IN_EU_BY_US_PROVIDER","weight_cost":5},{"id":1,"name":")" + first +
           R"(","weight_privacy":"LOCAL","weight_cost":3}],
      "model_provider":[)" +
           links + R"(],
      "model_api_keys":[{"id":1,"model_id":1,"provider_id":1,"api_key":"sk-1","endpoint":""},
                        {"id":2,"model_id":2,"provider_id":2,"api_key":"sk-2","endpoint":""}],
      "profile_model_permissions":[{"id":1,"profile_id":1,"model_id":1},{"id":2,"profile_id":2,"model_id":1},
                                   {"id":3,"profile_id":2,"model_id":2}],
      "log_entry":[{"id":1,"timestamp_request":"2025-06-01T12:00:00Z","process_id":1,"model_id":2,"request_id":"r"}]})";
  }
};
LOGOS_ON_BOTH(upstream_models);

TEST_P(upstream_models, of_one_name_are_one_with_the_deployments_and_permissions_of_both) {
  for (const bool again : {false, true}) {
    const auto done = bring(file("m", "m"));
    EXPECT_EQ(made(done) == 0, again);
    const auto all = take(store_->load_catalog());
    ASSERT_EQ(all.models.size(), 1U);
    const auto& m = all.models[0];
    EXPECT_EQ(m.id, 1) << "the lowest id, wherever it stands";
    EXPECT_EQ(m.weight_cost, 3);
    ASSERT_EQ(all.deployments.size(), 2U);
    EXPECT_EQ(all.deployments[1].model_id, 1);
    EXPECT_EQ(all.deployments[1].api_key, "sk-2");
    EXPECT_EQ(all.permissions.size(), 2U);
    EXPECT_TRUE(told(done.notes, R"(table models, row 1: there is a model "m" (id 1) in the file, too.)"));
    EXPECT_EQ(take(store_->list_requests({}, {}, 10)).rows.at(0).ids.model_id, 1);
    ASSERT_EQ(done.warnings.size(), 1U);
    EXPECT_TRUE(done.warnings[0].starts_with(
        R"(table models: 2 models became "m", and the profiles "one" (id 1 in the file) might use some of them only)"))
        << done.warnings[0];
  }
}

TEST_P(upstream_models, whose_names_differ_in_case_are_one_and_each_provider_gets_its_own_name) {
  const auto done = bring(file("m", "M"));
  EXPECT_TRUE(
      told(done.notes, R"(table models, row 1: there is a model "m" (id 1) in the file, and names that differ)"));
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.models.size(), 1U);
  EXPECT_EQ(all.models[0].name, "m");
  ASSERT_EQ(all.deployments.size(), 2U);
  EXPECT_EQ(all.deployments[0].upstream_name, "");
  EXPECT_EQ(all.deployments[1].upstream_name, "M");
  EXPECT_EQ(made(bring(file("m", "M"))), 0U);
}

TEST_P(upstream_models, that_are_spelled_otherwise_here_are_found) {
  storage::model here;
  here.name = "M";
  take(store_->create(here));
  bring(file("m", "m"));
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.models.size(), 1U);
  ASSERT_EQ(all.deployments.size(), 2U);
  EXPECT_EQ(all.deployments[0].upstream_name, "m");
}

TEST_P(upstream_models, at_one_provider_have_one_deployment_there_and_the_other_is_told) {
  const auto done = bring(file("m", "m", R"({"id":1,"model_id":1,"provider_id":1},{"id":2,"model_id":2,"provider_id":1},
                                            {"id":3,"model_id":2,"provider_id":2})"));
  EXPECT_EQ(take(store_->load_catalog()).deployments.size(), 2U);
  EXPECT_TRUE(told(done.notes, "table model_provider, row 2: left out, with its key and endpoint: \"m\" has a "
                               "deployment at this provider by table model_provider, row 1."));
}

/// Where it is served, a model is as little private as the provider, too.
TEST_P(upstream_models, that_are_merged_stay_as_private_as_their_providers_allow) {
  bring(file("m", "m"));
  const auto all = take(store_->load_catalog());
  EXPECT_EQ(all.models.at(0).weight_privacy, core::privacy_level::local);
  EXPECT_EQ(all.providers.at(0).privacy, core::privacy_level::local);
  EXPECT_EQ(all.providers.at(1).privacy, core::privacy_level::cloud_not_in_eu_by_us_provider);
}

TEST_P(upstream_models, that_are_merged_are_no_more_private_than_what_a_provider_that_is_here_hides) {
  storage::provider relay;
  relay.name = "cloud";
  relay.base_url = "http://127.0.0.1:2";
  take(store_->create(relay)); // says that it is local
  bring(file("m", "m"));
  EXPECT_EQ(take(store_->load_catalog()).models.at(0).weight_privacy,
            core::privacy_level::cloud_not_in_eu_by_us_provider);
}

} // namespace
} // namespace logos::test
