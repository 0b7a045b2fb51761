// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/balance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace logos::classification {
namespace {

using namespace std::chrono_literals;

std::vector<std::int64_t> order(const std::vector<ranked>& of) {
  std::vector<std::int64_t> out;
  for (const auto& r : of)
    out.push_back(r.model_id);
  return out;
}

struct bench {
  std::vector<described_model> models;
  std::vector<labelled_example> examples{};
  features shape{};
  wanted_weights wanted{};
  std::string system{};
  std::string question{};
  std::string topic{};

  std::vector<ranked> rank_all(const balance& weights, std::vector<candidate> candidates = {}) const {
    const knowledge known{models, examples, built_in_encoder()};
    knowledge::findings found;
    known.examine(system, built_in_encoder().encode(question), found);
    if (candidates.empty())
      for (const auto& m : models)
        candidates.push_back({m.id});
    return rank(known, {shape, found, wanted, topic}, candidates, weights);
  }
};

// The weights that upstream's rebalancing was observed to give five models (facts/logos.md 4.6), as one category.
bench observed() {
  return {{{4, "", "", {-16, 0, 0, 0}},
           {1, "", "", {-8, 0, 0, 0}},
           {3, "", "", {0, 0, 0, 0}},
           {2, "", "", {8, 0, 0, 0}},
           {5, "", "", {16, 0, 0, 0}}}};
}

TEST(balance, of_upstream_scores_the_observed_weights_as_upstream_does) {
  const auto got = observed().rank_all(upstream_balance());
  EXPECT_EQ(order(got), (std::vector<std::int64_t>{5, 2, 3, 1, 4}));
  for (const auto& r : got) {
    const std::array<double, 6> weight{0, -8, 8, 0, -16, 16};
    const auto curve = 1 / (1 + std::exp(-0.0625 * weight[static_cast<std::size_t>(r.model_id)]));
    EXPECT_NEAR(r.score, 3.4 * (1 + curve), 1e-9) << r.model_id;
    EXPECT_NEAR(r.given[part::policy], r.score, 1e-9);
  }
}

TEST(balance, of_upstream_with_the_highest_accuracy_wanted_moves_every_score_and_no_place) {
  auto b = observed();
  b.wanted.accuracy = highest_wanted;
  const auto got = b.rank_all(upstream_balance());
  EXPECT_EQ(order(got), (std::vector<std::int64_t>{5, 2, 3, 1, 4}));
  EXPECT_NEAR(got.front().score, 3.4 * 1.5, 1e-9);
  EXPECT_NEAR(got.back().score, 3.4 * (1 + 1 / (1 + std::exp(2.0))), 1e-9);
}

TEST(balance, of_upstream_counts_tags_of_the_system_prompt_at_1_9) {
  bench b{{{1, "code german", "", {}}, {2, "chat", "", {}}, {3, "", "", {}}}};
  b.system = "You answer in German.";
  const auto got = b.rank_all(upstream_balance());
  EXPECT_EQ(got.front().model_id, 1);
  EXPECT_NEAR(got[0].given[part::tags], 0.95, 1e-9);
  EXPECT_EQ(got[1].given[part::tags], 0);
  EXPECT_EQ(got[2].given[part::tags], 0);
}

TEST(balance, a_score_is_the_sum_of_what_was_given) {
  bench b{{{1, "code", "writes programs", {4, 3, 2, 1}}, {2, "chat german", "small talk", {1, 2, 3, 4}}}};
  b.system = "code";
  b.question = "Write a function that sorts a list of integers.";
  b.shape.code = 0.8F;
  b.shape.difficulty = 0.5F;
  std::vector<candidate> some{{1}, {2}};
  some[0].seen = {400ms, 2s, 900'000, 0.1, 4000};
  some[1].learned = 0.5;
  for (const auto& r : b.rank_all(default_balance(), some)) {
    double sum = 0;
    for (std::size_t p = 0; p < parts; ++p)
      sum += r.given[static_cast<part>(p)];
    EXPECT_DOUBLE_EQ(sum, r.score);
  }
}

TEST(balance, of_upstream_is_between_minus_1_and_13_1) {
  EXPECT_NEAR(3.4 * 3 + 1.9 + 1.0, 13.1, 1e-12);
  bench b{{{1, "a", "alpha", {30'000, 30'000, 30'000, 0}}, {2, "zz", "beta", {-30'000, -30'000, -30'000, 0}}}};
  b.system = "a";
  b.question = "alpha a";
  const auto got = b.rank_all(upstream_balance());
  EXPECT_LE(got.front().score, 13.1 + 1e-6);
  EXPECT_GE(got.back().score, -1 - 1e-6);
}

TEST(balance, equals_are_ordered_by_model_id_then_as_they_were_named) {
  bench b{{{9, "", "", {}}, {2, "", "", {}}, {5, "", "", {}}}};
  EXPECT_EQ(order(b.rank_all(default_balance())), (std::vector<std::int64_t>{2, 5, 9}));
  const auto twice = b.rank_all(default_balance(), {{9}, {2}, {9}, {2}});
  EXPECT_EQ(order(twice), (std::vector<std::int64_t>{2, 2, 9, 9}));
  EXPECT_EQ(twice[0].index, 1U);
  EXPECT_EQ(twice[1].index, 3U);
}

TEST(balance, the_order_of_the_candidates_changes_nothing) {
  std::mt19937 random{3};
  bench b;
  for (int i = 1; i <= 60; ++i) {
    const auto w = [&] { return static_cast<std::int32_t>(random() % 9) * 4 - 16; };
    b.models.push_back({i,
                        i % 3 == 0 ? "code math" : "chat",
                        i % 2 == 0 ? "mathematics and proofs" : "stories",
                        {w(), w(), w(), w()}});
  }
  b.question = "Prove that there are infinitely many primes.";
  std::vector<candidate> all;
  for (const auto& m : b.models) {
    auto& c = all.emplace_back();
    c.model_id = m.id;
    if (random() % 2 == 0) c.seen.first_byte = std::chrono::milliseconds{random() % 3000};
    if (random() % 2 == 0) c.seen.price_nano = static_cast<std::int64_t>(random() % 10'000'000);
  }
  const auto expected = order(b.rank_all(default_balance(), all));
  EXPECT_EQ(expected.size(), 60U);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(all.begin(), all.end(), random);
    EXPECT_EQ(order(b.rank_all(default_balance(), all)), expected);
  }
}

TEST(balance, what_is_measured_decides_between_models_that_are_held_for_equal) {
  bench b{{{1, "", "", {}}, {2, "", "", {}}, {3, "", "", {}}}};
  std::vector<candidate> some{{1}, {2}, {3}};
  some[0].seen.first_byte = 5s;
  some[1].seen.first_byte = 300ms;
  EXPECT_EQ(order(b.rank_all(default_balance(), some)).front(), 2);
  EXPECT_EQ(order(b.rank_all(default_balance(), some)).back(), 1);
  some[1].seen.error_rate = 0.6;
  EXPECT_EQ(order(b.rank_all(default_balance(), some)).back(), 2) << "fast, but it fails";
  some[1].seen.error_rate = 0.0;
  b.shape.tokens = 9000;
  some[1].seen.context_tokens = 8192;
  EXPECT_EQ(order(b.rank_all(default_balance(), some)).back(), 2) << "the prompt does not fit";
}

TEST(balance, who_is_not_measured_is_neither_tried_for_it_nor_shunned) {
  bench b{{{1, "", "", {}}, {2, "", "", {}}, {3, "", "", {}}, {4, "", "", {}}}};
  std::vector<candidate> some{{1}, {2}, {3}, {4}};
  some[0].seen.first_byte = 100ms;
  some[1].seen.first_byte = 1s;
  some[2].seen.first_byte = 10s;
  EXPECT_EQ(order(b.rank_all(default_balance(), some)), (std::vector<std::int64_t>{1, 2, 4, 3}));
}

TEST(balance, a_policys_topic_favours_models_that_are_tagged_with_it) {
  bench b{{{1, "chat", "", {}}, {2, "Law chat", "", {}}}};
  EXPECT_EQ(b.rank_all(default_balance()).front().model_id, 1);
  b.topic = "law";
  EXPECT_EQ(b.rank_all(default_balance()).front().model_id, 2);
  EXPECT_EQ(b.rank_all(upstream_balance()).front().model_id, 1) << "upstream does not read it";
}

TEST(balance, what_is_learned_comes_in_by_its_weight) {
  bench b{{{1, "", "", {8, 8, 8, 0}}, {2, "", "", {}}}};
  std::vector<candidate> some{{1}, {2}};
  EXPECT_EQ(b.rank_all(default_balance(), some).front().model_id, 1);
  some[1].learned = 0.9;
  EXPECT_EQ(b.rank_all(default_balance(), some).front().model_id, 2);
}

TEST(balance, a_model_that_nothing_is_known_of_is_ranked_too) {
  bench b{{{1, "", "", {}}}};
  EXPECT_EQ(b.rank_all(default_balance(), {{77}, {1}}).size(), 2U);
}

TEST(balance, contributions_are_shown_as_json) {
  contributions c;
  c[part::policy] = 5.1;
  c[part::semantic] = -0.0625;
  c[part::learned] = 1;
  EXPECT_EQ(to_json(c), R"({"policy":5.1,"semantic":-0.063,"learned":1})");
  EXPECT_EQ(to_json(contributions{}), "{}");
}

} // namespace
} // namespace logos::classification
