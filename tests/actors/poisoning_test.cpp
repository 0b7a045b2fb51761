// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/learner.hpp"
#include "aptitude_lessons.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

constexpr std::int64_t good = 1, bad = 2, liar = 66;

lesson lie(std::int64_t model, const std::string& text, float score, std::uint64_t number) {
  auto l = scored(model, text, score, number);
  l.trusted = false;
  l.giver = liar;
  return l;
}

/// What several hundred honest and trusted results of two models have taught.
learner taught(const learning_rules& rules = {}) {
  learner who{rules};
  for (int i = 0; i < 300; ++i) {
    who.learn(scored(good, question_about("chess", i), i % 10 < 9 ? 1.0F : 0.0F, 2 * i));
    who.learn(scored(bad, question_about("chess", i), i % 10 < 2 ? 1.0F : 0.0F, 2 * i + 1));
  }
  return who;
}

TEST(poisoning, a_key_counts_as_no_more_results_than_its_limit) {
  learner who;
  for (int i = 0; i < 20'000; ++i)
    who.learn(lie(good, question_about("chess", i % 50), 0, i));
  const auto now = new_year + std::chrono::seconds{20'000};
  EXPECT_LE(who.said(0, good, liar, now), who.now().rules().giver_limit);
  EXPECT_GT(who.said(0, good, liar, now), who.now().rules().giver_limit * 0.8F);
}

TEST(poisoning, one_key_cannot_turn_what_trusted_results_have_taught) {
  auto who = taught();
  for (int i = 0; i < 10'000; ++i) {
    who.learn(lie(good, question_about("chess", i), 0, 1000 + 2 * i));
    who.learn(lie(bad, question_about("chess", i), 1, 1001 + 2 * i));
  }
  const auto now = new_year + std::chrono::seconds{30'000};
  float better = 0;
  for (int i = 400; i < 420; ++i) {
    const auto of = imprinted(question_about("chess", i));
    better += who.now().ask(0, good, *of, now).quality - who.now().ask(0, bad, *of, now).quality;
  }
  EXPECT_GT(better / 20, 0.1F) << "the good model is still the better one";
}

TEST(poisoning, lies_about_one_topic_hardly_reach_another) {
  learning_rules rules;
  rules.giver_limit = 3000; // else next to nothing would be heard of it
  auto who = taught(rules);
  const auto elsewhere = imprinted("Translate this letter about a lost umbrella into Portuguese, please");
  const auto before = who.now().ask(0, good, *elsewhere, new_year).quality;
  const auto at_home = imprinted(question_about("gardening", 500));
  const auto home_before = who.now().ask(0, good, *at_home, new_year).quality;
  for (int i = 0; i < 10'000; ++i)
    who.learn(lie(good, question_about("gardening", i), 0, 1000 + i));
  const auto lost = before - who.now().ask(0, good, *elsewhere, new_year).quality;
  EXPECT_LT(lost, (home_before - who.now().ask(0, good, *at_home, new_year).quality) / 2);
}

TEST(poisoning, many_keys_that_the_table_has_no_room_for_share_one_limit) {
  learning_rules rules;
  rules.giver_table = 10;
  rules.giver_limit = 5;
  learner who{rules};
  for (int i = 0; i < 5000; ++i) {
    auto l = lie(good, "a question", 0, i);
    l.giver = 1000 + i;
    who.learn(l);
  }
  EXPECT_LE(who.said(0, good, -1, new_year), 5.0F);
  EXPECT_GT(who.said(0, good, -1, new_year), 4.0F);
}

TEST(poisoning, what_is_trusted_is_not_bounded) {
  learner who;
  for (int i = 0; i < 1000; ++i)
    who.learn(scored(good, question_about("chess", i), 1, i));
  EXPECT_GT(who.now().ask(0, good, *imprinted(question_about("chess", 2000)), new_year).quality, 0.97F);
  EXPECT_EQ(who.said(0, good, 0, new_year), 0);
}

} // namespace
} // namespace logos::classification
