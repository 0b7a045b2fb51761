// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/learner.hpp"
#include "aptitude_lessons.hpp"

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

} // namespace
} // namespace logos::classification
