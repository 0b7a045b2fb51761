// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/stages.hpp"

#include <gtest/gtest.h>

#include <array>

namespace logos::classification {
namespace {

using namespace std::chrono_literals;

TEST(policy_stage, is_the_sum_of_upstreams_three_curves) {
  EXPECT_DOUBLE_EQ(policy_stage({0, 0, 0, 0}, {0, 0, 0}), 1.5);
  // 1 / (1 + e^-1) for a weight 16 above what is wanted, 1 / (1 + e) for one 16 below.
  EXPECT_NEAR(policy_stage({16, 0, 0, 0}, {0, 0, 0}), 0.7310585786 + 1.0, 1e-9);
  EXPECT_NEAR(policy_stage({0, -16, 0, 0}, {0, 0, 0}), 0.2689414214 + 1.0, 1e-9);
  EXPECT_NEAR(policy_stage({0, 0, 20, 99}, {0, 0, 4}), 0.7310585786 + 1.0, 1e-9) << "cost is a bound, not a score";
  EXPECT_LT(policy_stage({100'000, 100'000, 100'000, 0}, {}), 3.0 + 1e-9);
  EXPECT_GE(policy_stage({-100'000, -100'000, -100'000, 0}, {}), 0.0);
}

TEST(resolve, puts_the_highest_and_lowest_weight_of_the_candidates_in_place_of_1024) {
  const std::array<model_weights, 3> all{{{-8, 3, 12, 0}, {0, 4, -4, 0}, {8, 5, 4, 0}}};
  const auto got = resolve({highest_wanted, lowest_wanted, 7}, all);
  EXPECT_EQ(got.accuracy, 8);
  EXPECT_EQ(got.quality, 3);
  EXPECT_EQ(got.latency, 7);
  const auto none = resolve({highest_wanted, lowest_wanted, highest_wanted}, {});
  EXPECT_EQ(none.accuracy, 0);
  EXPECT_EQ(none.quality, 0);
  EXPECT_EQ(none.latency, 0);
}

TEST(tag_stage, is_the_share_of_tags_and_0_without_any) {
  EXPECT_DOUBLE_EQ(tag_stage(1, 4), 0.25);
  EXPECT_DOUBLE_EQ(tag_stage(3, 3), 1);
  EXPECT_DOUBLE_EQ(tag_stage(0, 0), 0);
}

TEST(semantic_stage, takes_the_better_of_the_description_and_the_three_nearest_examples) {
  EXPECT_FLOAT_EQ(static_cast<float>(semantic_stage(0.4F, {})), 0.4F);
  const std::array<nearness, 5> good{{{0.9F, 1}, {0.1F, 1}, {0.6F, 1}, {0.75F, 1}, {-0.5F, 1}}};
  EXPECT_NEAR(semantic_stage(0.4F, good), 0.75, 1e-6);
  EXPECT_NEAR(semantic_stage(0.8F, good), 0.8, 1e-6);
  EXPECT_NEAR(semantic_stage(-1, std::array<nearness, 1>{{{0.5F, 1}}}), 0.5, 1e-6);
}

TEST(semantic_stage, a_bad_example_counts_only_when_it_is_the_nearest) {
  EXPECT_NEAR(semantic_stage(0.4F, std::array<nearness, 2>{{{0.8F, 1}, {0.7F, -1}}}), 0.8, 1e-6);
  EXPECT_NEAR(semantic_stage(0.4F, std::array<nearness, 2>{{{0.5F, 1}, {0.9F, -1}}}), 0.1, 1e-6);
  EXPECT_NEAR(semantic_stage(-0.9F, std::array<nearness, 1>{{{1, -1}}}), -1, 1e-6);
}

TEST(feature_stage, brings_prompts_to_models_whose_tags_say_that_they_are_made_for_them) {
  features program;
  program.code = 0.9F;
  EXPECT_NEAR(feature_stage(program, skills_of("coding"), 0), 0.54, 1e-6);
  EXPECT_EQ(feature_stage(program, skills_of("german"), 0), 0);
  EXPECT_EQ(skills_of("chat"), 0U);
  features german;
  german.tongue = language::german;
  EXPECT_GT(feature_stage(german, skills_of("german"), 0), feature_stage(german, skills_of("multilingual"), 0));
  EXPECT_EQ(feature_stage(german, skills_of("french"), 0), 0);
  features pictures;
  pictures.images = 1;
  EXPECT_NEAR(feature_stage(pictures, skills_of("vision"), 0), 0.6, 1e-6);
}

TEST(feature_stage, never_prefers_the_weaker_of_two_that_are_made_for_the_same) {
  for (float d = 0; d <= 1; d += 0.05F) {
    features f;
    f.difficulty = d;
    EXPECT_GE(feature_stage(f, 0, 1), feature_stage(f, 0, 0));
    EXPECT_LE(feature_stage(f, ~0U, 1), 1.0);
  }
}

TEST(measured_stages, are_0_for_the_best_and_fall_to_minus_1) {
  EXPECT_EQ(time_stage(200ms, 200ms), 0);
  EXPECT_LT(time_stage(2s, 200ms), time_stage(400ms, 200ms));
  EXPECT_EQ(time_stage(1h, 0ms), -1);
  EXPECT_GT(time_stage(2ms, 1ms), -0.01) << "what nobody notices does not count";
  EXPECT_EQ(price_stage(5000, 5000), 0);
  EXPECT_LT(price_stage(50'000'000, 100'000), price_stage(1'000'000, 100'000));
  EXPECT_EQ(price_stage(INT64_MAX, 0), -1);
  EXPECT_EQ(error_stage(0), 0);
  EXPECT_EQ(error_stage(0.25), -0.25);
  EXPECT_EQ(error_stage(7), -1);
  EXPECT_EQ(context_stage(1000, 8000), 0);
  EXPECT_NEAR(context_stage(7200, 8000), -0.5, 1e-9);
  EXPECT_EQ(context_stage(9000, 8000), -1);
  EXPECT_EQ(context_stage(9000, 0), 0) << "not known";
}

} // namespace
} // namespace logos::classification
