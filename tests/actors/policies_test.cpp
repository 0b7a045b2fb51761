// SPDX-License-Identifier: MIT
#include "actors/classification/policies.hpp"
#include "actors/classification/selection.hpp"
#include "tests/support/small_catalog.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

using catalog::policy;
using core::ec;
using core::policy_use;
using core::privacy_level;

constexpr auto eu = privacy_level::cloud_in_eu_by_eu_provider;
constexpr auto us = privacy_level::cloud_in_eu_by_us_provider;
constexpr auto any = privacy_level::cloud_not_in_eu_by_us_provider;

/// Policies of process 2, whose profile is 20, in the small catalog.
class policies_test : public testing::Test {
protected:
  policy& add(policy_use use, privacy_level privacy, std::int64_t process = 0, std::int64_t profile = 0) {
    policy p;
    p.id = static_cast<std::int64_t>(made_.size()) + 10;
    p.name = "policy-" + std::to_string(p.id);
    p.use = use;
    p.threshold_privacy = privacy;
    p.process_id = process;
    p.profile_id = profile;
    return made_.emplace_back(std::move(p));
  }
  petitioner asker() {
    auto s = tests::small_catalog();
    s->policies = made_;
    for (std::size_t i = 0; i < costs_.size(); ++i)
      s->models[i].weight_cost = costs_[i];
    return {s, &s->principals[1], &s->principals[1].profiles[0]};
  }
  policy_ptr found(petition what = {}, const core::needs& needs = {}) {
    const auto out = policy_for(asker(), what, needs);
    EXPECT_TRUE(out.has_value());
    return out ? *out : nullptr;
  }
  policy_ptr under(std::string_view model, petition what = {}) {
    const auto by = asker();
    const auto bad = read_wish(by, model, what);
    EXPECT_EQ(bad.code, ec::none) << bad.message;
    const auto out = policy_for(by, what, {});
    EXPECT_TRUE(out.has_value());
    return out ? *out : nullptr;
  }

  std::vector<policy> made_;
  std::vector<std::int32_t> costs_;
};

TEST_F(policies_test, without_any_nothing_is_forbidden) {
  EXPECT_EQ(found(), nullptr);
  add(policy_use::named, privacy_level::local);
  EXPECT_EQ(found(), nullptr) << "it was not named";
}

TEST_F(policies_test, the_nearest_default_holds_where_none_is_named) {
  add(policy_use::standard, any);
  EXPECT_EQ(found()->threshold_privacy, any);
  add(policy_use::standard, us, 2);
  EXPECT_EQ(found()->threshold_privacy, us);
  add(policy_use::standard, eu, 0, 20);
  EXPECT_EQ(found()->threshold_privacy, eu);
  add(policy_use::standard, privacy_level::local, 3);
  add(policy_use::standard, privacy_level::local, 0, 10);
  EXPECT_EQ(found()->threshold_privacy, eu) << "those of others do not matter";
}

TEST_F(policies_test, a_named_one_replaces_the_default_but_not_what_always_holds) {
  add(policy_use::standard, privacy_level::local);
  const auto named = add(policy_use::named, us).id;
  EXPECT_EQ(found({.policy_id = named})->threshold_privacy, us);
  EXPECT_EQ(found({.policy_id = named})->id, named);
  add(policy_use::always, eu, 2);
  EXPECT_EQ(found({.policy_id = named})->threshold_privacy, eu);
  EXPECT_EQ(found()->threshold_privacy, privacy_level::local);
}

TEST_F(policies_test, are_found_by_id_then_by_name_the_nearest_first_and_only_ones_own) {
  add(policy_use::named, us).name = "same";
  add(policy_use::named, eu, 2).name = "same";
  add(policy_use::named, privacy_level::local, 3).name = "theirs";
  add(policy_use::named, privacy_level::local, 0, 10).name = "of another profile";
  add(policy_use::named, any).name = "7";
  EXPECT_EQ((*find_policy(asker(), "same"))->threshold_privacy, eu);
  EXPECT_EQ((*find_policy(asker(), "10"))->threshold_privacy, us);
  EXPECT_EQ((*find_policy(asker(), "7"))->threshold_privacy, any);
  for (const auto* none : {"theirs", "12", "of another profile", "13", "nothing", "-1", "99999999999999999999"})
    EXPECT_EQ(find_policy(asker(), none).error().code, ec::resource_not_found) << none;
}

TEST_F(policies_test, one_that_was_named_and_is_gone_is_not_forgotten) {
  EXPECT_EQ(policy_for(asker(), {.policy_id = 99}, {}).error().code, ec::forbidden);
  EXPECT_EQ(policy_for(asker(), {.wished_id = 99}, {}).error().code, ec::forbidden);
}

TEST_F(policies_test, a_models_name_tightens_and_never_loosens) {
  auto& usual = add(policy_use::standard, us);
  usual.threshold_cost = 3;
  usual.priority = 2;
  usual.topic = "law";
  EXPECT_EQ(under("logos-v1__policy_privacy=LOCAL")->threshold_privacy, privacy_level::local);
  EXPECT_EQ(under("logos-v1__policy_privacy=LOCAL")->threshold_cost, 3);
  EXPECT_EQ(under("logos-v1__policy_privacy=CLOUD_NOT_IN_EU_BY_US_PROVIDER")->threshold_privacy, us);
  EXPECT_EQ(under("logos-v1__policy_default=false_privacy=CLOUD_NOT_IN_EU_BY_US_PROVIDER")->threshold_privacy, us)
      << "nor does 'default=false'";
  EXPECT_EQ(under("logos-v1__policy_cost=-1024")->threshold_cost, 3);
  EXPECT_EQ(under("logos-v1__policy_cost=4_topic=sea_priority=9")->threshold_cost, 4);
  EXPECT_EQ(under("logos-v1__policy_cost=4_topic=sea_priority=9")->topic, "sea");
  EXPECT_EQ(under("logos-v1__policy_cost=4_topic=sea_priority=9")->priority, 9);
  EXPECT_EQ(under("logos-v1__policy_cost=4")->priority, 2);
}

TEST_F(policies_test, a_models_name_stands_alone_where_nothing_else_holds) {
  const auto p = under("logos-v1__policy_latency=-7_accuracy=5");
  EXPECT_EQ(p->threshold_privacy, any);
  EXPECT_EQ(p->threshold_cost, lowest_weight);
  EXPECT_EQ(p->threshold_latency, -7);
  EXPECT_EQ(p->threshold_accuracy, 5);
  EXPECT_EQ(p->threshold_quality, 0);
  EXPECT_EQ(p->id, 0);
}

TEST_F(policies_test, a_models_name_may_name_a_further_policy) {
  add(policy_use::named, eu).name = "in the Union";
  EXPECT_EQ(under("logos-v1__policy=in the Union")->threshold_privacy, eu);
  const auto loose = add(policy_use::named, any).id;
  EXPECT_EQ(under("logos-v1__policy=in the Union", {.policy_id = loose})->threshold_privacy, eu) << "both hold";
  petition none;
  EXPECT_EQ(read_wish(asker(), "logos-v1__policy=elsewhere", none).code, ec::resource_not_found);
}

TEST_F(policies_test, the_highest_threshold_of_cost_stands_for_the_cheapest_that_may_be_used) {
  costs_ = {4, 9}; // gemma, which is local and all that the key may use, and gpt
  add(policy_use::standard, any).threshold_cost = highest_weight;
  EXPECT_EQ(found()->threshold_cost, 4);
  made_[0].threshold_cost = lowest_weight;
  const auto by = asker();
  EXPECT_TRUE(admits(policy_for(by, {}, {})->get(), by.in->deployments[0]));
}

TEST_F(policies_test, the_cheapest_is_found_among_the_models_that_can_do_what_is_needed) {
  add(policy_use::standard, any).threshold_cost = highest_weight;
  auto s = tests::small_catalog();
  s->policies = made_;
  auto& gemma = s->models[0];
  auto& gpt = s->models[1];
  gemma.weight_cost = 4;
  gpt.weight_cost = 9;
  const auto& root = s->principals[0];
  const auto threshold = [&](const core::needs& needs) {
    return (*policy_for({s, &root, &root.profiles[0]}, {}, needs))->threshold_cost;
  };
  const core::needs chat{{core::capability::chat}, 101}, embeddings{{core::capability::embeddings}, 0};
  EXPECT_EQ(threshold(chat), 9) << "of which nothing is known";
  gpt.capabilities = {core::capability::embeddings};
  EXPECT_EQ(threshold(chat), 4);
  EXPECT_EQ(threshold(embeddings), 9);
  EXPECT_EQ(threshold({}), 9) << "a request of which nothing is known may be for any";
  gpt.capabilities = {core::capability::chat};
  gpt.context_tokens = 100;
  EXPECT_EQ(threshold(chat), 4) << "it has no room";
  gemma.context_tokens = 100;
  EXPECT_EQ(threshold(chat), 9) << "nor has the other: it is not for the policy that this is refused";
  gpt.capabilities = gemma.capabilities = {core::capability::embeddings};
  EXPECT_EQ(threshold(chat), highest_weight) << "nobody can do it";
}

TEST_F(policies_test, a_model_is_as_private_as_the_less_private_of_itself_and_its_provider) {
  policy rule;
  rule.threshold_privacy = us;
  auto s = tests::small_catalog();
  for (const auto of_model : {privacy_level::local, eu, us, any})
    for (const auto of_provider : {privacy_level::local, eu, us, any}) {
      for (auto& m : s->models)
        m.privacy = of_model;
      for (auto& p : s->providers)
        p.privacy = of_provider;
      EXPECT_EQ(admits(&rule, s->deployments[0]), of_model != any && of_provider != any);
    }
}

TEST_F(policies_test, models_are_chosen_by_what_they_can_do_and_by_their_context) {
  auto s = tests::small_catalog();
  auto& gemma = s->models[0];
  auto& gpt = s->models[1];
  selection_input in{*s, s->principals[0], &s->principals[0].profiles[0], nullptr, "", 0, {}};
  EXPECT_EQ(candidates_of(in).size(), 2U);
  gemma.capabilities = {core::capability::chat};
  gpt.context_tokens = 100;
  in.needs.capabilities = {core::capability::chat, core::capability::vision};
  ASSERT_EQ(candidates_of(in).size(), 1U);
  EXPECT_EQ(candidates_of(in)[0].model->name, "gpt") << "of which nothing is known";
  in.needs.tokens = 101;
  EXPECT_TRUE(candidates_of(in).empty());
  EXPECT_NE(refuse_choice(in).failure.message.find("101 tokens"), std::string::npos);
  in.model = "gemma";
  EXPECT_EQ(select_named(in)->failure.code, ec::bad_field);
  EXPECT_NE(select_named(in)->failure.message.find("vision"), std::string::npos);
}

TEST_F(policies_test, a_profiles_providers_bind_whatever_picks_a_deployment) {
  auto s = tests::small_catalog();
  auto& root = s->principals[0];
  auto& user = s->principals[1];
  const auto picked = [&](const catalog::principal& who, std::string_view model) {
    return select_named({*s, who, &who.profiles[0], nullptr, model, 0, {}})->deployments;
  };
  EXPECT_EQ(picked(user, "gemma"), (std::vector<std::int64_t>{1, 2}));
  user.profiles[0].providers = {2, 99};
  EXPECT_EQ(picked(user, "gemma"), std::vector<std::int64_t>{2});
  EXPECT_FALSE(may_serve(user, &user.profiles[0], nullptr, s->deployments[0]));
  EXPECT_TRUE(may_serve(user, &user.profiles[0], nullptr, s->deployments[1]));
  user.profiles[0].providers = {99}; // which is gone: that is nobody, not everybody
  const auto refused = select_named({*s, user, &user.profiles[0], nullptr, "gemma", 0, {}});
  EXPECT_EQ(refused->failure.code, ec::model_not_found);
  auto unknown = select_named({*s, user, &user.profiles[0], nullptr, "nothing", 0, {}})->failure.message;
  unknown.replace(unknown.find("nothing"), 7, "gemma");
  EXPECT_EQ(refused->failure.message, unknown) << "as of what does not exist";
  const selection_input open{*s, user, &user.profiles[0], nullptr, "", 0, {}};
  EXPECT_TRUE(candidates_of(open).empty());
  EXPECT_NE(refuse_choice(open).failure.message.find("this key may use none"), std::string::npos);

  root.profiles[0].providers = {3};
  EXPECT_EQ(picked(root, "gpt"), std::vector<std::int64_t>{3});
  EXPECT_TRUE(picked(root, "gemma").empty()) << "a list narrows root's, too";
  const auto chosen = candidates_of({*s, root, &root.profiles[0], nullptr, "", 0, {}});
  ASSERT_EQ(chosen.size(), 1U);
  EXPECT_EQ(chosen[0].model->name, "gpt");
}

TEST_F(policies_test, the_cheapest_is_found_among_what_the_profiles_providers_have) {
  add(policy_use::standard, any).threshold_cost = highest_weight;
  auto s = tests::small_catalog();
  s->policies = made_;
  s->models[0].weight_cost = 4;
  s->models[1].weight_cost = 9;
  auto& root = s->principals[0];
  EXPECT_EQ((*policy_for({s, &root, &root.profiles[0]}, {}, {}))->threshold_cost, 9);
  root.profiles[0].providers = {1};
  EXPECT_EQ((*policy_for({s, &root, &root.profiles[0]}, {}, {}))->threshold_cost, 4);
}

} // namespace
} // namespace logos::classification
