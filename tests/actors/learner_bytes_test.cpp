// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/learner.hpp"
#include "aptitude_lessons.hpp"
#include "older_learner_bytes.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

learner taught() {
  learner who;
  for (int i = 0; i < 25; ++i) {
    auto l = scored(1 + i % 3, question_about("chess", i), i % 2 == 0 ? 1.0F : 0.0F, i);
    l.trusted = i % 2 == 0;
    l.giver = 9;
    who.learn(l);
  }
  return who;
}

TEST(learner_bytes, bring_back_what_was_learned_and_go_on_from_there) {
  auto first = taught();
  learner second;
  ASSERT_EQ(second.restore(first.bytes()), "");
  EXPECT_EQ(second.bytes(), first.bytes());
  first.learn(scored(2, "one more", 1, 100));
  second.learn(scored(2, "one more", 1, 100));
  EXPECT_EQ(second.bytes(), first.bytes());
  EXPECT_EQ(second.now().ask(0, 2, *imprinted("one more"), new_year).quality,
            first.now().ask(0, 2, *imprinted("one more"), new_year).quality);
}

TEST(learner_bytes, that_are_damaged_change_nothing) {
  const auto whole = taught().bytes();
  auto who = taught();
  for (const std::size_t cut : {std::size_t{0}, std::size_t{3}, std::size_t{11}, whole.size() / 2, whole.size() - 1})
    EXPECT_NE(who.restore(std::string_view{whole}.substr(0, cut)), "") << cut;
  for (std::size_t at = 0; at < whole.size(); at += 997) {
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    EXPECT_NE(who.restore(bytes), "") << at;
  }
  EXPECT_NE(who.restore(whole + "x"), "");
  EXPECT_EQ(who.bytes(), whole);
}

TEST(learner_bytes, of_another_version_are_refused_by_name) {
  auto bytes = learner{}.bytes();
  bytes[4] = 9;
  learner who;
  EXPECT_NE(who.restore(bytes).find("version 9"), std::string::npos);
}

TEST(learner_bytes, of_the_version_before_are_read_with_times_in_steps_of_forgetting) {
  learning_rules steady, by_seconds;
  steady.half_life = std::chrono::seconds{0};
  by_seconds.half_life = std::chrono::seconds{64}; // a step is a second
  learner before{steady}, now{by_seconds};
  auto l = scored(1, "a question", 0, 0);
  const core::wall_time fifth{std::chrono::microseconds{5}};
  l.when = fifth;
  before.learn(l);
  ASSERT_EQ(now.restore(tests::as_version_3(before.bytes())), "");
  const auto known = before.now().ask(0, 1, *l.about, fifth);
  const core::wall_time heard{std::chrono::seconds{5}};
  EXPECT_EQ(now.now().ask(0, 1, *l.about, heard).mean, known.mean);
  EXPECT_NEAR(now.now().ask(0, 1, *l.about, heard + std::chrono::seconds{64}).mean, known.mean / 2, 1e-6);
  EXPECT_EQ(now.changes().models.size(), 1U) << "all of it is to be written down";
}

TEST(learner_bytes, of_what_has_changed_make_others_know_the_same) {
  auto writer = taught();
  learner other;
  const auto follow = [&] {
    const auto news = writer.changes();
    for (const auto id : news.gone)
      other.forget_model(id);
    for (const auto& m : news.models)
      EXPECT_EQ(other.take(m), "");
    for (const auto& s : news.shares)
      other.take(s);
    return news;
  };
  EXPECT_EQ(follow().models.size(), 3U);
  EXPECT_EQ(other.bytes(), writer.bytes());
  writer.learn(scored(2, "one more", 1, 100));
  const auto news = follow();
  ASSERT_EQ(news.models.size(), 1U) << "the others are as they were";
  EXPECT_EQ(news.models[0].model, 2);
  EXPECT_EQ(other.bytes(), writer.bytes());
  writer.forget_model(3);
  EXPECT_EQ(follow().gone, std::vector<std::int64_t>{3});
  EXPECT_EQ(other.bytes(), writer.bytes());
  EXPECT_TRUE(writer.changes().models.empty());
}

TEST(learner_bytes, of_a_model_that_made_room_say_that_nothing_is_known_of_it) {
  learning_rules rules;
  rules.estimate_limit = 2;
  learner writer{rules};
  for (std::int64_t model = 1; model <= 2; ++model)
    writer.learn(scored(model, "a question", 0, static_cast<std::uint64_t>(model) * 86'400));
  (void)writer.changes();
  writer.learn(scored(3, "a question", 0, 4 * 86'400));
  const auto news = writer.changes();
  ASSERT_EQ(news.models.size(), 2U);
  EXPECT_EQ(news.models[0].model, 1);
  EXPECT_EQ(news.models[0].bytes, "");
  EXPECT_EQ(news.models[1].model, 3);
}

TEST(learner_bytes, are_taken_over_for_their_own_model_and_kind_of_tenant_only) {
  auto writer = taught();
  auto parts = writer.changes().models;
  learning_rules apart;
  apart.per_tenant = true;
  learner same, tenants{apart};
  EXPECT_EQ(tenants.take(parts[0]), "");
  EXPECT_EQ(tenants.now().estimates(), 0U);
  parts[0].model = 2;
  EXPECT_NE(same.take(parts[0]), "");
  parts[1].bytes.pop_back();
  EXPECT_NE(same.take(parts[1]), "");
  EXPECT_EQ(same.now().estimates(), 0U);
}

TEST(learner_bytes, stay_what_they_are_under_another_half_life) {
  auto writer = taught();
  learning_rules slower;
  slower.half_life = std::chrono::days{365};
  learner other{slower};
  for (const auto& m : writer.changes().models)
    EXPECT_EQ(other.take(m), "");
  const auto of = imprinted("one more");
  EXPECT_EQ(other.now().ask(0, 2, *of, new_year).quality, writer.now().ask(0, 2, *of, new_year).quality);
  const auto later = new_year + std::chrono::days{60};
  EXPECT_LT(other.now().ask(0, 2, *of, later).ignorance, writer.now().ask(0, 2, *of, later).ignorance);
}

} // namespace
} // namespace logos::classification
