// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/learner.hpp"
#include "aptitude_lessons.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

constexpr std::int64_t one = 1, two = 2;

float quality(const learner& who, std::int64_t model, const std::string& text, float prior = 0.5F) {
  return who.now().ask(0, model, *imprinted(text), new_year + std::chrono::days{1}, prior).quality;
}

TEST(learner, knows_exactly_the_prior_before_any_feedback) {
  learner who;
  for (const float prior : {0.1F, 0.5F, 0.73F})
    EXPECT_EQ(quality(who, one, "anything at all", prior), prior);
  who.learn(scored(two, "anything at all", 0, 1));
  EXPECT_EQ(quality(who, one, "anything at all", 0.73F), 0.73F) << "what is said of one model is not about another";
  EXPECT_LT(quality(who, two, "anything at all", 0.73F), 0.73F);
}

TEST(learner, tells_topics_apart_on_prompts_it_has_not_met) {
  learner who;
  for (int i = 0; i < 40; ++i) {
    who.learn(scored(one, question_about("sourdough baking", i), 1, 2 * i));
    who.learn(scored(one, question_about("patent litigation", i), 0, 2 * i + 1));
  }
  EXPECT_GT(quality(who, one, question_about("sourdough baking", 99)), 0.8F);
  EXPECT_LT(quality(who, one, question_about("patent litigation", 99)), 0.2F);
}

TEST(learner, is_surer_the_more_it_has_heard_and_leaves_the_prior_behind) {
  learner who;
  float before = 1;
  for (int i = 0; i < 60; ++i) {
    who.learn(scored(one, question_about("chess", i), i % 10 < 9 ? 1.0F : 0.0F, i));
    if (i % 20 != 19) continue;
    const auto now = who.now().ask(0, one, *imprinted(question_about("chess", 70)), new_year, 0.2F);
    EXPECT_LT(now.ignorance, before);
    before = now.ignorance;
  }
  EXPECT_GT(quality(who, one, question_about("chess", 71), 0.2F), 0.7F);
}

TEST(learner, an_implicit_signal_counts_less_than_a_score) {
  float last = 0;
  for (const auto what :
       {signal::score, signal::regenerate, signal::error, signal::retry, signal::abandoned}) { // from the heaviest on
    learner who;
    auto l = scored(one, "a question", 0, 1);
    l.what = what;
    who.learn(l);
    const auto now = quality(who, one, "a question");
    EXPECT_LT(now, 0.5F);
    EXPECT_GT(now, last) << static_cast<int>(what);
    last = now;
  }
}

TEST(learner, comparisons_rank_models_by_topic) {
  learner who;
  for (int i = 0; i < 60; ++i) {
    const bool about_code = i % 2 == 0;
    auto l = scored(about_code ? one : two, question_about(about_code ? "compilers" : "poetry", i), 1, i);
    l.what = signal::preferred;
    l.other = about_code ? two : one;
    who.learn(l);
  }
  EXPECT_GT(quality(who, one, question_about("compilers", 90)),
            quality(who, two, question_about("compilers", 90)) + 0.3F);
  EXPECT_LT(quality(who, one, question_about("poetry", 90)), quality(who, two, question_about("poetry", 90)) - 0.3F);
}

TEST(learner, forgets_half_in_a_half_life_and_all_in_the_end) {
  learning_rules rules;
  rules.half_life = std::chrono::days{10};
  learner who{rules};
  for (int i = 0; i < 30; ++i)
    who.learn(scored(one, question_about("chess", i), 1, i));
  const auto of = imprinted(question_about("chess", 40));
  const auto at = [&](int days) { return who.now().ask(0, one, *of, new_year + std::chrono::days{days}, 0.3F); };
  EXPECT_GT(at(0).quality, 0.8F);
  EXPECT_GT(at(0).quality, at(10).quality);
  EXPECT_GT(at(10).quality, at(20).quality);
  EXPECT_NEAR(at(400).quality, 0.3F, 0.001F);
  EXPECT_NEAR(at(400).ignorance, 1, 0.001F);
}

TEST(learner, looking_does_not_change_what_is_learned) {
  learner watched, alone;
  for (int i = 0; i < 20; ++i) {
    watched.learn(scored(one, question_about("chess", i), 1, i * 86'400));
    alone.learn(scored(one, question_about("chess", i), 1, i * 86'400));
    (void)watched.now().ask(0, one, *imprinted("chess"), new_year + std::chrono::days{i + 40});
  }
  EXPECT_EQ(watched.bytes(), alone.bytes());
}

TEST(learner, tenants_learn_apart_when_the_operator_says_so) {
  learning_rules rules;
  rules.per_tenant = true;
  for (const bool apart : {true, false}) {
    rules.per_tenant = apart;
    learner who{rules};
    auto l = scored(one, "a question", 0, 1);
    l.tenant = 5;
    who.learn(l);
    EXPECT_LT(who.now().ask(5, one, *l.about, new_year).quality, 0.5F);
    EXPECT_EQ(who.now().ask(6, one, *l.about, new_year).quality == 0.5F, apart);
  }
}

TEST(learner, holds_no_more_estimates_than_it_may) {
  learning_rules rules;
  rules.estimate_limit = 4;
  learner who{rules};
  for (std::int64_t model = 1; model <= 20; ++model)
    who.learn(scored(model, "a question", 0, static_cast<std::uint64_t>(model) * 86'400));
  EXPECT_EQ(who.now().estimates(), 4U);
  EXPECT_EQ(who.now().lessons(0, 20), 1U);
  EXPECT_EQ(who.now().lessons(0, 1), 0U);
}

TEST(learner, a_model_that_is_gone_leaves_nothing) {
  learner who;
  who.learn(scored(one, "a question", 0, 1));
  who.forget_model(one);
  EXPECT_EQ(who.now().estimates(), 0U);
  EXPECT_EQ(quality(who, one, "a question", 0.7F), 0.7F);
}

TEST(learner, nothing_more_is_learned_of_a_model_that_is_gone_also_after_a_restart) {
  learner before, who;
  before.forget_model(one);
  ASSERT_EQ(who.restore(before.bytes()), "");
  who.learn(scored(one, "a question", 0, 1));
  auto pair = scored(two, "a question", 1, 2);
  pair.what = signal::preferred;
  pair.other = one;
  who.learn(pair);
  EXPECT_TRUE(who.is_gone(one));
  EXPECT_EQ(who.now().estimates(), 0U);
  who.learn(scored(two, "a question", 0, 3));
  EXPECT_EQ(who.now().estimates(), 1U);
}

TEST(learner, a_lesson_of_a_model_that_is_gone_forgets_it) {
  learner who;
  who.learn(scored(one, "a question", 0, 1));
  lesson gone;
  gone.what = signal::forgotten;
  gone.model = one;
  who.learn(gone);
  EXPECT_EQ(who.now().estimates(), 0U);
}

TEST(learner, what_was_published_stays_as_it_was) {
  learner who;
  who.learn(scored(one, "a question", 0, 1));
  const auto first = who.publish();
  const auto of = imprinted("a question");
  const auto before = first->ask(0, one, *of, new_year).quality;
  EXPECT_EQ(before, who.now().ask(0, one, *of, new_year).quality);
  for (int i = 2; i < 9; ++i)
    who.learn(scored(one, "a question", 0, static_cast<std::uint64_t>(i)));
  EXPECT_EQ(first->ask(0, one, *of, new_year).quality, before);
  EXPECT_LT(who.publish()->ask(0, one, *of, new_year).quality, before);
  learner never_published;
  for (int i = 1; i < 9; ++i)
    never_published.learn(scored(one, "a question", 0, static_cast<std::uint64_t>(i)));
  EXPECT_EQ(who.bytes(), never_published.bytes()) << "looking changes nothing";
}

TEST(learner, what_teaches_nothing_changes_nothing) {
  learner who;
  lesson empty;
  empty.model = one;
  who.learn(empty);
  auto self = scored(one, "a question", 1, 1);
  self.what = signal::preferred;
  self.other = one;
  who.learn(self);
  EXPECT_EQ(who.bytes(), learner{}.bytes());
}

} // namespace
} // namespace logos::classification
