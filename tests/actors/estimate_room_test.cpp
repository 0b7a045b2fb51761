// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/learner.hpp"
#include "aptitude_lessons.hpp"

#include <gtest/gtest.h>

namespace logos::classification {
namespace {

constexpr std::int64_t stranger = 66;

lesson by_stranger(std::int64_t model, std::uint64_t number, float score = 0) {
  auto l = scored(model, "a question", score, number);
  l.trusted = false;
  l.giver = stranger;
  return l;
}

learning_rules room_for(std::size_t estimates) {
  learning_rules rules;
  rules.estimate_limit = estimates;
  return rules;
}

TEST(estimate_room, nobody_takes_trusted_results_away_who_is_not_trusted) {
  learner who{room_for(3)};
  for (std::int64_t model = 1; model <= 3; ++model)
    who.learn(scored(model, "a question", 1, static_cast<std::uint64_t>(model)));
  const auto before = who.bytes();
  for (std::int64_t model = 10; model < 200; ++model)
    EXPECT_FALSE(who.learn(by_stranger(model, 100 + static_cast<std::uint64_t>(model))));
  EXPECT_EQ(who.bytes(), before) << "nor does it cost the stranger anything";
  auto pair = by_stranger(1, 400);
  pair.what = signal::preferred;
  pair.other = 10;
  EXPECT_FALSE(who.learn(pair));
  EXPECT_EQ(who.bytes(), before);
  EXPECT_TRUE(who.learn(by_stranger(1, 500))) << "of what is there it may speak";
  EXPECT_TRUE(who.learn(scored(10, "a question", 1, 501))) << "who is trusted may";
  EXPECT_EQ(who.now().estimates(), 3U);
}

TEST(estimate_room, is_made_by_the_one_that_has_learned_least_and_not_by_the_one_that_was_silent_longest) {
  learner who{room_for(3)};
  who.learn(scored(1, "a question", 1, 1));
  for (std::uint64_t i = 0; i < 30; ++i)
    who.learn(by_stranger(2, 10 + i, 1));
  who.learn(by_stranger(3, 100));
  EXPECT_TRUE(who.learn(by_stranger(4, 200)));
  EXPECT_EQ(who.now().models(), (std::vector<std::int64_t>{1, 2, 4}));
  EXPECT_TRUE(who.learn(by_stranger(5, 300)));
  EXPECT_EQ(who.now().models(), (std::vector<std::int64_t>{1, 2, 5})) << "newcomers drive out each other";
}

TEST(estimate_room, what_is_forgotten_makes_room_though_it_was_trusted) {
  auto rules = room_for(2);
  rules.half_life = std::chrono::days{1};
  learner who{rules};
  who.learn(scored(1, "a question", 1, 1));
  who.learn(scored(2, "a question", 1, 2));
  EXPECT_FALSE(who.learn(by_stranger(3, 86'400)));
  EXPECT_TRUE(who.learn(by_stranger(3, 30 * 86'400)));
}

TEST(estimate_room, what_counts_as_nothing_makes_no_estimate_and_keeps_none_awake) {
  learning_rules rules;
  rules.giver_limit = 0;
  learner who{rules};
  EXPECT_FALSE(who.learn(by_stranger(1, 1)));
  EXPECT_EQ(who.now().estimates(), 0U);
  who.learn(scored(2, "a question", 1, 2));
  const auto before = who.bytes();
  (void)who.changes();
  EXPECT_FALSE(who.learn(by_stranger(2, 90 * 86'400)));
  EXPECT_EQ(who.bytes(), before);
  EXPECT_TRUE(who.changes().models.empty());
}

TEST(estimate_room, that_is_less_than_there_was_is_not_made_at_once) {
  learner before;
  for (std::int64_t model = 1; model <= 5; ++model)
    before.learn(scored(model, "a question", 1, static_cast<std::uint64_t>(model) * 86'400));
  learner who{room_for(2)};
  ASSERT_EQ(who.restore(before.bytes()), "");
  EXPECT_TRUE(who.learn(scored(1, "a question", 1, 6 * 86'400)));
  EXPECT_EQ(who.now().estimates(), 5U);
  EXPECT_TRUE(who.learn(scored(9, "a question", 1, 7 * 86'400)));
  EXPECT_EQ(who.now().estimates(), 5U);
  EXPECT_EQ(who.now().lessons(0, 2), 0U) << "as many go as come";
}

TEST(implicit_share, is_small_and_takes_nothing_from_what_an_owner_says) {
  learner busy, silent;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    auto l = by_stranger(1, i);
    l.what = signal::regenerate;
    busy.learn(l);
  }
  const auto now = new_year + std::chrono::seconds{5000};
  const auto most = busy.now().rules().giver_limit * busy.now().rules().implicit_part;
  EXPECT_LE(busy.said(0, 1, beside(stranger), now), most);
  EXPECT_GT(busy.said(0, 1, beside(stranger), now), most * 0.8F);
  EXPECT_EQ(busy.said(0, 1, stranger, now), 0);
  for (std::uint64_t i = 5000; i < 5050; ++i)
    for (auto* who : {&busy, &silent})
      EXPECT_TRUE(who->learn(by_stranger(1, i, 1)));
  const auto later = now + std::chrono::seconds{50};
  EXPECT_EQ(busy.said(0, 1, stranger, later), silent.said(0, 1, stranger, later));
  EXPECT_GT(busy.now().ask(0, 1, *imprinted("a question"), later).quality, 0.6F) << "against all that was noticed";
}

TEST(implicit_share, outlives_a_restart_and_reaches_others) {
  learner writer, reader, second;
  auto l = by_stranger(1, 1);
  l.what = signal::error;
  writer.learn(l);
  writer.learn(by_stranger(1, 2));
  ASSERT_EQ(second.restore(writer.bytes()), "");
  const auto news = writer.changes();
  EXPECT_EQ(news.shares.size(), 2U);
  for (const auto& s : news.shares)
    reader.take(s);
  for (const auto* who : {&writer, &reader, &second}) {
    EXPECT_FLOAT_EQ(who->said(0, 1, beside(stranger), l.when), 0.3F);
    EXPECT_FLOAT_EQ(who->said(0, 1, stranger, l.when), 1);
  }
}

TEST(implicit_share, has_a_table_of_its_own) {
  learning_rules rules;
  rules.giver_table = 10;
  learner who{rules};
  for (std::int64_t owner = 1; owner <= 100; ++owner) {
    auto l = by_stranger(1, static_cast<std::uint64_t>(owner));
    l.what = signal::regenerate;
    l.giver = owner;
    who.learn(l);
  }
  who.learn(by_stranger(1, 200));
  EXPECT_GT(who.said(0, 1, stranger, new_year), 0) << "who speaks finds room";
  EXPECT_GT(who.said(0, 1, beside(-1), new_year), 0) << "the others share one limit";
}

TEST(implicit_share, is_counted_under_ids_that_nobody_has) {
  for (const std::int64_t owner : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{-3},
                                   std::int64_t{1} << 40, -(std::int64_t{1} << 40)}) {
    EXPECT_FALSE(is_beside(owner));
    EXPECT_TRUE(is_beside(beside(owner)));
  }
}

} // namespace
} // namespace logos::classification
