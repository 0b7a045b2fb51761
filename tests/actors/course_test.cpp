// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/course.hpp"
#include "aptitude_lessons.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace logos::classification {
namespace {

std::vector<lesson> many(int count) {
  std::vector<lesson> out;
  for (int i = 0; i < count; ++i) {
    auto l = scored(1 + i % 2, question_about(i % 3 == 0 ? "chess" : "poetry", i), i % 5 < 3 ? 1.0F : 0.0F, i);
    l.trusted = i % 4 != 0;
    l.giver = i % 7;
    if (i % 6 == 5) {
      l.what = signal::preferred;
      l.other = 2 - i % 2;
    }
    out.push_back(l);
  }
  return out;
}

TEST(course, the_order_in_which_lessons_come_does_not_matter) {
  const auto lessons = many(60);
  course in_order;
  for (const auto& l : lessons)
    in_order.add(l);
  std::mt19937_64 draws{3};
  for (int round = 0; round < 5; ++round) {
    auto mixed = lessons;
    for (std::size_t i = mixed.size(); i > 1; --i)
      std::swap(mixed[i - 1], mixed[draws() % i]);
    course other;
    for (const auto& l : mixed) {
      other.add(l);
      if (draws() % 8 == 0) (void)other.now(); // looking in between does not matter either
    }
    EXPECT_EQ(other.bytes(), in_order.bytes());
    EXPECT_EQ(other.late(), 0U);
  }
  EXPECT_EQ(in_order.repeats(), 0U);
}

TEST(course, a_lesson_that_comes_twice_counts_once) {
  const auto lessons = many(30);
  course once, twice{{}, 8};
  course small{{}, 8};
  for (const auto& l : lessons) {
    EXPECT_TRUE(once.add(l));
    small.add(l);
    twice.add(l);
    EXPECT_FALSE(twice.add(l));
  }
  EXPECT_EQ(once.bytes(), twice.bytes());
  EXPECT_EQ(once.bytes(), small.bytes());
}

TEST(course, lessons_a_little_out_of_order_need_a_small_window_only) {
  auto lessons = many(80);
  course in_order;
  for (const auto& l : lessons)
    in_order.add(l);
  for (std::size_t i = 0; i + 3 < lessons.size(); i += 4)
    std::swap(lessons[i], lessons[i + 3]);
  course other{{}, 8};
  for (const auto& l : lessons)
    other.add(l);
  EXPECT_EQ(other.bytes(), in_order.bytes());
  EXPECT_LE(other.kept(), 8U);
  EXPECT_EQ(other.late(), 0U);
}

TEST(course, what_is_older_than_the_window_is_learned_and_counted) {
  const auto lessons = many(20);
  course who{{}, 4};
  for (std::size_t i = 1; i < lessons.size(); ++i)
    who.add(lessons[i]);
  const auto without = who.bytes();
  EXPECT_TRUE(who.add(lessons[0]));
  EXPECT_EQ(who.late(), 1U);
  EXPECT_NE(who.bytes(), without);
}

TEST(course, the_next_question_has_seen_the_lesson) {
  course who;
  who.add(scored(1, "a question", 1, 5));
  const auto before = who.now().ask(0, 1, *imprinted("a question"), new_year).quality;
  who.add(scored(1, "a question", 1, 3));
  EXPECT_GT(who.now().ask(0, 1, *imprinted("a question"), new_year).quality, before);
}

TEST(course, goes_on_from_bytes) {
  course first;
  const auto lessons = many(30);
  for (std::size_t i = 0; i < 20; ++i)
    first.add(lessons[i]);
  course second;
  ASSERT_EQ(second.restore(first.bytes()), "");
  for (std::size_t i = 20; i < 30; ++i) {
    first.add(lessons[i]);
    second.add(lessons[i]);
  }
  EXPECT_EQ(second.bytes(), first.bytes());
  EXPECT_NE(second.restore("nothing"), "");
}

} // namespace
} // namespace logos::classification
